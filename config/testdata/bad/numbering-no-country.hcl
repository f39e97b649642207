domain = "pbx.example.com"
numbering {
  outside = "9"
}

# want: 2:1 numbering lacks its country | country = "GB"
