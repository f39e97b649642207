domain = "pbx.example.com"
user "201" { password = "" }

# want: 2:25 password is empty
