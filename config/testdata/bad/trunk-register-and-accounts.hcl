domain = "pbx.example.com"
trunk "alpha" {
  host     = "sip.example"
  register = { user = "a", password = "x" }
  accounts = { mode = "held" }
}

# want: 5:3 trunk "alpha" registers an account of its own, at line 4 | Keep one of them
