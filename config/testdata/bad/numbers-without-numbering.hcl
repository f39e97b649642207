domain = "pbx.example.com"
trunk "alpha" {
  host    = "203.0.113.7"
  numbers = "e164"
  country = "DE"
}

# want: 4:3 numbers of trunk "alpha" is of use only with numbering | country = "GB"
# want: 5:3 country of trunk "alpha" is of use only with numbering
