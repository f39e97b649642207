domain = "pbx.example.com"
numbering {
  country = "GB"
  area    = "+44 20"
}

# want: 4:13 area is 1 to 6 digits | without the 0 or 1
