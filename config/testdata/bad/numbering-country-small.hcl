domain = "pbx.example.com"
numbering {
  country = "de"
}

# want: 3:13 there is no country "de" | Did you mean "DE"?
