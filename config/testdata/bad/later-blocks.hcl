domain = "pbx.example.com"
numbering {
  country = "GB"
}
menu "main" {
}

# want: 2:1 numbering is not yet
# want: 5:1 menu is not yet
