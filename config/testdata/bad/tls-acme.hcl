domain = "pbx.example.com"
listen {
  web = [":8080/http"]
}
tls {
  mode = "acme"
  email = "Ops <a@example.com>"
  directory = "http://ca.example.com/directory"
  cert = "cert.pem"
  account = { id = "x" }
}

# want: 6:10 needs an https listener | 443/https
# want: 7:11 is no mail address
# want: 8:15 is no https URL
# want: 9:10 cert.pem
# want: 9: of use only with tls mode "files"
# want: 10:13 account lacks its key
