domain = "pbx.example.com"
user "201" { ha1 = "0123456789abcdef0123456789abcdef" }

# want: 2:20 ha1 is a group in { }, not text
