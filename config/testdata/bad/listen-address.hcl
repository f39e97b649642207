domain = "pbx.example.com"
listen {
  sip = ["192.0.2.300:5060/udp", "::1:5060/udp", "224.0.0.1:5060/udp"]
}

# want: 3:10 "192.0.2.300" is no address
# want: 3:34 an IPv6 address stands in [ ]
# want: 3:50 a multicast address cannot be listened on
