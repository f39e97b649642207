domain = "pbx.example.com"
user "201" { password = file("gone.txt") }

# want: 2:31 there is no file
