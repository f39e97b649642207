domain = "pbx.example.com"
user "201" {
  ha1 = { md5 = "0123", sha256 = "zz" }
}

# want: 3:17 ha1 md5 has 32 hexadecimal digits
# want: 3:34 ha1 sha256 has 64 hexadecimal digits
