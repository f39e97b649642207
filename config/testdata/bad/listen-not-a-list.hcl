domain = "pbx.example.com"
listen {
  sip = ":5060/udp"
}

# want: 3:9 sip is a list, not text | Write it in [ ].
