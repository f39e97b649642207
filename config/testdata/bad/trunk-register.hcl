domain = "pbx.example.com"
trunk "alpha" {
  host = "sip.example"
  register = { user = "a" }
  numbers = "e164"
}

# want: 4:3 trunk register is not yet
# want: 5:3 trunk numbers is not yet
