domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
tones = "UK"

# want: 5:9 there are no tones of country "UK" | GB
