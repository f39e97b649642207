domain = "pbx.example.com"
listen {
  sip = [":5060"]
}

# want: 3:10 ":5060" has no transport: udp, tcp and tls | Write ":5060/udp"
