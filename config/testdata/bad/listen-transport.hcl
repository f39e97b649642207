domain = "pbx.example.com"
listen {
  sip = [":5060/upd"]
}

# want: 3:10 "upd" is no transport of sip | Did you mean "udp"?
