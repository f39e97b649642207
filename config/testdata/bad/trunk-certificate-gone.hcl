domain = "pbx.example.com"
trunk "alpha" {
  host        = "203.0.113.7;transport=tls"
  certificate = { cert = "gone.pem", key = "../good/key.pem" }
}

# want: 4:26 there is no file testdata/bad/gone.pem
