domain = "pbx.example.com"
numbering {
  country = "GB"
}
hours "office" {
}
menu "main" {
}

# want: 2:1 numbering is not yet
# want: 5:1 hours is not yet
# want: 7:1 menu is not yet
