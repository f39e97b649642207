domain = "pbx.example.com"
trunk "alpha" {
  host  = "203.0.113.7;transport=tls"
  proxy = "sip:203.0.113.9;transport=tcp"
  ca    = "../good/cert.pem"
}

# want: 5:3 ca is of use only over TLS
