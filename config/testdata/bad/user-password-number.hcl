domain = "pbx.example.com"
user "201" { password = 1234 }

# want: 2:25 password is text in quotes, not a number | "1234"
