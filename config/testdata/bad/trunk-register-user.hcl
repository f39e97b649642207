domain = "pbx.example.com"
trunk "alpha" {
  host     = "sip.example"
  register = { user = "a@b", password = "x" }
}

# want: 4:23 register user "a@b" is more than a user | Write "a"
