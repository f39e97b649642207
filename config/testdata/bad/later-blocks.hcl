domain = "pbx.example.com"
numbering {
  country = "GB"
}

# want: 2:1 numbering is not yet
