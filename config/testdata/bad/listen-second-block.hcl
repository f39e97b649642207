domain = "pbx.example.com"
listen {
  sip = [":5060/udp"]
}
listen {
  sip = [":5070/udp"]
}

# want: 6:3 sip is set twice, first at
