domain = "pbx.example.com"
trunk "alpha" {
  host     = "sip.example"
  register = { user = "a", password = "x", expires = "5s" }
}

# want: 4:54 register expires is from 1m to 7d
