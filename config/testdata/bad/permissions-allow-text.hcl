domain = "pbx.example.com"
numbering {
  country = "GB"
}
user "201" { password = "a" }
permissions "default" {
  allow = "national"
}

# want: 7:11 allow is a list, not text | Write it in [ ].
