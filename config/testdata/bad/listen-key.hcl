domain = "pbx.example.com"
listen {
  spi = [":5060/udp"]
}

# want: 3:3 there is no attribute listen "spi" | Did you mean "sip"?
