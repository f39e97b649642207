domain = "pbx.example.com"
numbering {
  country = "GB"
}
trunk "alpha" {
  host            = "203.0.113.7"
  minutes_a_day   = 0
  minutes_a_month = "many"
}

# want: 7:21 minutes_a_day is a whole number
# want: 8:21 minutes_a_month is a number, not text
