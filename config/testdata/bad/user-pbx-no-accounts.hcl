domain = "pbx.example.com"
user "201" {
  password = "x"
  pbx      = { trunk = "pbx", password = "y" }
}
trunk "pbx" { host = "192.0.2.5" }

# want: 4:24 trunk "pbx" is no PBX with accounts | mode = "held"
