domain = "pbx.example.com"
messages {
  store = "true"
  keep  = "7 d"
  max   = 100000
}

# want: 3:11 store is true or false | without quotes
# want: 4:11 keep "7 d" is no length of time | "7d"
# want: 5:11 max is a whole number from 1 to 60000
