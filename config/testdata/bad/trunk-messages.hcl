domain = "pbx.example.com"
trunk "alpha" {
  host     = "203.0.113.7"
  messages = "yes"
  follow   = 1
}

# want: 4:14 messages is true or false
# want: 5:14 follow is true or false
