domain = "pbx.example.com"
trunk "alpha" { host = "sip.example;transport=tpc" }

# want: 2:24 "tpc" is no transport | Did you mean "tcp"?
