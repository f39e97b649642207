domain = "pbx.example.com"
user "201" {
  password = "x"
  pbx      = { trunk = "pbx", user = "8", password = "y" }
}
user "202" {
  password = "x"
  pbx      = { trunk = "pbx", user = "8", password = "y" }
}
trunk "pbx" {
  host     = "192.0.2.5"
  accounts = { mode = "held" }
}

# want: 8:24 the account "8" at "pbx" is user "201"'s already
