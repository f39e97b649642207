domain = "pbx.example.com"
trunk "alpha" {
  host = "203.0.113.7"
  numbers = "e165"
}

# want: 4:13 numbers cannot be "e165" | Did you mean "e164"?
