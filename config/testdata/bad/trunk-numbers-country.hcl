domain = "pbx.example.com"
numbering {
  country = "GB"
}
trunk "alpha" {
  host    = "203.0.113.7"
  numbers = "nationel"
  country = "England"
}

# want: 7:13 numbers cannot be "nationel" | Did you mean "national"?
# want: 8:13 there is no country "England"
