domain = "pbx.example.com"
trunk "alpha" {
  host = "203.0.113.7"
  numbers = "e164"
}

# want: 4:13 numbers = "e164" is not yet
