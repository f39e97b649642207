domain = "pbx.example.com"
listen {
  spi = [":5060/udp"]
}

# want: 3:3 listen has no attribute "spi" | Did you mean "sip"?
