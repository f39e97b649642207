domain = "pbx.example.com"
user "201" {
  password = "x"

# want: 2:12 this block has no closing }
