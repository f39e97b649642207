domain = "pbx.example.com"
listen {
  web = [":5061/https"]
}

# want: 3:10 ":5061/https" takes ports that sip takes by default | Set listen sip too.
