domain = "pbx.example.com"
numbering {
  country = 44
}

# want: 3:13 country is text in quotes
