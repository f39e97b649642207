domain = "pbx.example.com"
user "201" {
  password  = "x"
  max_calls = 0
}

# want: 4:15 max_calls is a whole number from 1 to 1000
