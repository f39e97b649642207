domain = "pbx.example.com"
homer {
  id = 7
  ca = "../good/cert.pem"
}

# want: 2:1 homer lacks its address | Write address = "homer.example.com:9060".
# want: 4:3 ca is of use only over TLS | Write transport = "tls".
