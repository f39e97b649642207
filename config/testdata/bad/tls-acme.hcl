domain = "pbx.example.com"
tls {
  mode = "acme"
  email = "a@example.com"
}

# want: 3:10 mode = "acme" is not yet in this version
# want: 4:3 tls email is not yet
