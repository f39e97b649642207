domain = "pbx.example.com"
user "201" { name = "Ann" }

# want: 2:6 user "201" has neither password nor ha1 | registrar { open = true }
