domain = "pbx.example.com"
numbering {
  country   = "GB"
  emergency = ["nine", "999", "999", 112]
}

# want: 4:16 emergency is 1 to 6 digits
# want: 4:31 999 is in the list twice
# want: 4:38 emergency is text in quotes, not a number | Write it in quotes: "112".
