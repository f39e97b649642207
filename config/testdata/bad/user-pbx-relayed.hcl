domain = "pbx.example.com"
user "201" {
  password = "x"
  pbx      = { trunk = "pbx", password = "y" }
}
trunk "pbx" {
  host     = "192.0.2.5"
  accounts = { mode = "relayed" }
}

# want: 4:24 trunk "pbx" relays the PBX's challenge | mode = "held"
