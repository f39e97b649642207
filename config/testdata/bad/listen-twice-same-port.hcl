domain = "pbx.example.com"
listen {
  sip = [":5060/udp", "192.0.2.1:5060/udp"]
}

# want: 3:23 "192.0.2.1:5060/udp" takes ports that ":5060/udp" takes already
