domain = "pbx.example.com"
user "201" "202" { password = "y" }

# want: 2:12 user has one name, not 2
