domain = "pbx.example.com"
numbering {
  country = "GB"
}
user "201" {
  password    = "a"
  permissions = "staf"
}
trunk "alpha" {
  host        = "203.0.113.7"
  permissions = "pbx"
}
permissions "staff" {
  allow = ["national"]
}

# want: 7:17 there are no permissions "staf" | Did you mean "staff"?
# want: 11:17 there are no permissions "pbx" | Write permissions "pbx"
