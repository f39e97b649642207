domain = "pbx.example.com"
user "201" { password = "a" }
permissions "default" {
  allow = ["national"]
}

# want: 3:13 permissions "default" are of use only with numbering
