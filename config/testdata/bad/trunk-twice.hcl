domain = "pbx.example.com"
trunk "alpha" { host = "203.0.113.7" }
trunk "alpha" { host = "203.0.113.8" }

# want: 3:7 trunk "alpha" is defined twice
