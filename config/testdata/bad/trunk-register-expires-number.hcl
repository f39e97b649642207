domain = "pbx.example.com"
trunk "alpha" {
  host     = "sip.example"
  register = { user = "a", password = "x", expires = 3600 }
}

# want: 4:54 register expires is text in quotes, not a number | "3600"
