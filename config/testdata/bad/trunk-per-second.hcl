domain = "pbx.example.com"
trunk "alpha" {
  host           = "203.0.113.7"
  max_per_second = 0
}
trunk "beta" {
  host           = "203.0.113.8"
  max_per_second = "2"
}

# want: 4:20 max_per_second is a number from 0.01 to 10000
# want: 8:20 max_per_second is a number, not text | without quotes
