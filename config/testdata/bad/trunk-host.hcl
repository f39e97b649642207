domain = "pbx.example.com"
trunk "alpha" { host = "sip example" }

# want: 2:24 host "sip example"
