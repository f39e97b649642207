domain = "pbx.example.com"
trunk "alpha" {
  host     = "sip.example"
  register = true
}

# want: 4:14 register is a group in { } | Write it in { }
