domain = "pbx.example.com"
trunk "alpha" {
  host   = "192.0.2.9;transport=tls"
  secure = "required"
}
user "201" {
  password = "x"
  secure   = true
}

# want: 4:12 secure cannot be "required" | require
# want: 8:14 secure is text
