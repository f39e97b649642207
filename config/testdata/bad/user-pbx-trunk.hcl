domain = "pbx.example.com"
user "201" {
  password = "x"
  pbx      = { trunk = "pxb", password = "y" }
}
trunk "pbx" {
  host     = "192.0.2.5"
  accounts = { mode = "held" }
}

# want: 4:24 there is no trunk "pxb" | Did you mean "pbx"?
