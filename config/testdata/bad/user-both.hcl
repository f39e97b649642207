domain = "pbx.example.com"
user "201" {
  password = "x"
  ha1 = { md5 = "0123456789abcdef0123456789abcdef" }
}

# want: 4:3 user "201" has a password already, at line 3
