domain = "pbx.example.com"
trunk "alpha" {
  host  = "203.0.113.7"
  proxy = "proxy.example.com"
}

# want: 4:11 proxy "proxy.example.com" is no SIP URI | Did you mean "sip:proxy.example.com"?
