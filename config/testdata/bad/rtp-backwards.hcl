domain = "pbx.example.com"
listen {
  rtp = "20000-10000"
}

# want: 3:9 "20000-10000": the end is below the start | Did you mean "10000-20000"?
