domain = "pbx.example.com"
numbering {
  country = "XX"
}

# want: 3:13 there is no country "XX" | its two letters
