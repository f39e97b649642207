domain = "pbx.example.com"
listen {
  rtp = "0-100"
}

# want: 3:9 cannot begin with 0
