domain = "pbx.example.com"
trunk "alpha" {
  host = "sip.example"
  dtmf = "rfc2833"
}

# want: 4:10 dtmf cannot be "rfc2833"
