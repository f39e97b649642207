domain = "pbx.example.com"
user "201" { password = "x" }
user "201" { password = "y" }

# want: 3:6 user "201" is defined twice, first at
