domain = "pbx.example.com"
listen {
  sip = [5060]
}

# want: 3:10 sip is text in quotes, not a number | "5060"
