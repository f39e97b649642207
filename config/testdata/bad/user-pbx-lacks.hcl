domain = "pbx.example.com"
user "201" {
  password = "x"
  pbx      = { trunk = "pbx" }
}
trunk "pbx" {
  host     = "192.0.2.5"
  accounts = { mode = "held" }
}

# want: 4:14 pbx lacks its password
