domain = "pbx.example.com"
trunk "alpha" {
  host     = "sip.example"
  register = { user = "a", passwrod = "x" }
}

# want: 4:28 register has no "passwrod" | Did you mean "password"?
