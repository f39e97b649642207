domain = "pbx.example.com"
listen {
  rtp = "nowhere:10000-10100"
}

# want: 3:9 "nowhere" is no address
