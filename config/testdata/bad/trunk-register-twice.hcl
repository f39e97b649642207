domain = "pbx.example.com"
trunk "alpha" {
  host     = "sip.example"
  register = { user = "a", password = "x" }
}
trunk "beta" {
  host     = "sip.example"
  register = { user = "a", password = "x" }
}

# want: 8:3 a@sip.example is registered by trunk "alpha" already
