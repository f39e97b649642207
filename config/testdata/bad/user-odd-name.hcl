domain = "pbx.example.com"
user "a b" { password = "y" }

# want: 2:6 a name has 1 to 64 letters, digits
