domain = "pbx.example.com"
numbering {
  country = "GB"
}
user "201" { password = "a" }
permissions "default" {
}
permissions "default" {
}
permissions {
}

# want: 8:13 permissions "default" is defined twice
# want: 10:1 permissions has one name, not 0
