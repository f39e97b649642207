domain = "pbx.example.com"
trunk "alpha" {
  host      = "203.0.113.7"
  privacy   = "headr"
  diversion = "history_info"
  prack     = "on"
  trust     = true
}

# want: 4:15 privacy cannot be "headr" | Did you mean "header"?
# want: 5:15 diversion cannot be | Did you mean "history-info"?
# want: 6:15 prack cannot be "on" | It is supported, required or off
# want: 7:15 trust is text
