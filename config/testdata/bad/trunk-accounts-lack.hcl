domain = "pbx.example.com"
trunk "alpha" {
  host     = "sip.example"
  accounts = {}
}

# want: 4:14 accounts lacks its mode | "relayed"
