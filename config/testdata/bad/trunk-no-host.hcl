domain = "pbx.example.com"
trunk "alpha" { max_calls = 3 }

# want: 2:7 trunk "alpha" lacks its host
