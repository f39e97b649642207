domain = "pbx.example.com"
trunk "alpha" {
  host = "sip.example"
  allow = ["203.0.113.7/28", "203.0.113.300", "0.0.0.0/0"]
}

# want: 4:12 is an address with the length of a network | Did you mean "203.0.113.0/28" or "203.0.113.7"?
# want: 4:30 "203.0.113.300" is no address or network
# want: 4:47 would make everybody this trunk
