domain = "pbx.example.com"
listen {
  rtp = "10000-10001"
}

# want: 3:9 less than 4 ports
