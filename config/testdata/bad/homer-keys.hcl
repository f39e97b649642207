domain = "pbx.example.com"
homer {
  address   = "homer.example.com:0"
  transport = "sctp"
  id        = 0
  ca        = "nowhere.pem"
  pasword   = "x"
}
metrics {
  allow = ["everybody", "10.0.0.1/8"]
  who   = "x"
}

# want: 3:15 address "homer.example.com:0": nobody can be reached at port 0 | Write "homer.example.com:9060".
# want: 4:15 transport cannot be "sctp" | It is udp, tcp or tls.
# want: 5:15 id is a whole number from 1
# want: 6:15 nowhere.pem
# want: 6:3 ca is of use only over TLS
# want: 7:3 homer has no attribute "pasword" | Did you mean "password"?
# want: 10:12 "everybody" is no address or network
# want: 10:25 "10.0.0.1/8" is an address with the length of a network | Did you mean "10.0.0.0/8"
# want: 11:3 metrics has no attribute "who"
