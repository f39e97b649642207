domain = "pbx.example.com"
user "201" {
  password = "a"
  number   = "+442079460000"
}

# want: 4:14 number of user "201" is of use only with numbering
