domain = "pbx.example.com"
trunk "alpha" {
  host     = "sip.example"
  accounts = { mode = "hold" }
}

# want: 4:23 accounts mode cannot be "hold" | Did you mean "held"?
