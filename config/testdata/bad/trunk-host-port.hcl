domain = "pbx.example.com"
trunk "alpha" { host = "sip.example:0" }

# want: 2:24 nobody can be reached at port 0
