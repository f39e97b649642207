domain = "pbx.example.com"
listen {
  sip = [":10500/udp"]
  rtp = "10000-10999"
}

# want: 4:9 "10000-10999" takes ports that ":10500/udp" takes already
