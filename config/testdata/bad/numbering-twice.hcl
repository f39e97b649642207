domain = "pbx.example.com"
numbering {
  country = "GB"
}
numbering {
  country = "DE"
}

# want: 6:3 country is set twice
