domain = "pbx.example.com"
numbering {
  country = "GB"
}
user "201" { password = "a" }
permissions "default" {
  allow     = ["nationl", "mobile", "mobile", 5]
  countries = ["FR", "UK", "FR"]
}

# want: 7:16 allow cannot be "nationl" | Did you mean "national"?
# want: 7:37 mobile is in the list twice
# want: 7:47 allow is text in quotes
# want: 8:22 there is no country "UK" | Did you mean "GB"?
# want: 8:28 FR is in the list twice
