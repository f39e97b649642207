domain = "pbx.example.com"
trunk "alpha" {
  host     = "sip.example"
  register = { user = "a" }
}

# want: 4:14 register lacks its password | env("ALPHA_PW")
