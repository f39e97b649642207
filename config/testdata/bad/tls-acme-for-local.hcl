domain = "pbx.example.com"
tls {
  email = "a@example.com"
}

# want: 3: of use only with tls mode "acme"
