domain = "pbx.example.com"
trunk "alpha" {
  host = "sip.example"
  max_calls = -1
}

# want: 4:15 max_calls is a whole number from 1 to 100000
