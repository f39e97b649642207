domain = "pbx.example.com"
user "201" {
  password = "x"
  vidoe    = false
}

# want: 4:3 vidoe | video
