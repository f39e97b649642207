domain = "pbx.example.com"
user "201" {
  ha1 = { md = "0123456789abcdef0123456789abcdef" }
}

# want: 3:11 ha1 has no "md" | Did you mean "md5"?
