domain = "pbx.example.com"
trunk "alpha" {
  host = "sip.example"
  max_calls = "30"
}

# want: 4:15 max_calls is a number, not text | Write it without quotes.
