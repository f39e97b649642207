domain = "pbx.example.com"
trunk "alpha" {
  host     = "sip.example"
  accounts = { mode = "relayed", domain = "pbx.example.com" }
}

# want: 4:3 the accounts of trunk "alpha" cannot be of our own domain | the domain that the PBX calls its own
