domain = "pbx.example.com"
trunk "alpha" {
  host        = "203.0.113.7;transport=tls"
  certificate = { cert = "../good/cert.pem" }
}

# want: 4:17 certificate lacks its key
