domain = "pbx.example.com"
listen {
  rtp = "10000"
}

# want: 3:9 "10000" is no range of ports
