domain = "pbx.example.com"
trunk "alpha" {
  host  = "203.0.113.7"
  proxy = "sip:proxy.example.com;transport=tpc"
}

# want: 4:11 "tpc" is no transport | Did you mean "tcp"?
