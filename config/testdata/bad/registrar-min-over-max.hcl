domain = "pbx.example.com"
registrar { min = "2h" }

# want: 2:13 registrar min (2h) is longer than max (1h)
