domain = "pbx.example.com"
numbering {
  country = "UK"
}

# want: 3:13 there is no country "UK" | Did you mean "GB"?
