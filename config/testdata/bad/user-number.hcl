domain = "pbx.example.com"
numbering {
  country = "GB"
}
user "201" {
  password = "a"
  number   = "0207"
}

# want: 7:14 "0207" is no telephone number of GB
