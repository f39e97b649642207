domain = "pbx.example.com"
trunk "alpha" {
  host        = "sip.example;transport=udp"
  allow       = ["203.0.113.7"]
  certificate = { cert = "../good/cert.pem", key = "../good/key.pem" }
  ca          = "../good/cert.pem"
}

# want: 5:3 certificate is of use only over TLS | transport=tls
# want: 6:3 ca is of use only over TLS
