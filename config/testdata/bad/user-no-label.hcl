domain = "pbx.example.com"
user { password = "y" }

# want: 2:1 user has one name, not 0 | Write user "201" { ... }.
