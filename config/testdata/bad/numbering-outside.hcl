domain = "pbx.example.com"
numbering {
  country = "GB"
  outside = "nine"
}

# want: 4:13 outside is 1 to 4 digits
