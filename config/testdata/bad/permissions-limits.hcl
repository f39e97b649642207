domain = "pbx.example.com"
numbering {
  country = "GB"
}
user "201" { password = "a" }
permissions "default" {
  max_calls       = 0
  minutes_a_day   = "60"
  minutes_a_month = 1.5
}

# want: 7:21 max_calls is a whole number
# want: 8:21 minutes_a_day is a number, not text | Write it without quotes.
# want: 9:21 minutes_a_month is a whole number
