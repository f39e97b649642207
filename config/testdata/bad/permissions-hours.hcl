domain = "pbx.example.com"
numbering {
  country = "GB"
}
user "201" { password = "a" }
hours "office" { open = ["mon-fri 09:00-17:30"] }
permissions "default" {
  hours = "ofice"
}

# want: 8:11 there are no hours "ofice" | Did you mean "office"?
