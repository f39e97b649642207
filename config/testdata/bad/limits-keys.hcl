domain = "pbx.example.com"
limits {
  strangers  = "silence"
  guesses    = 1
  ban        = "0s"
  per_source = 1.5
  per_user   = -1
}

# want: 3:16 strangers cannot be "silence" | Did you mean "silent"?
# want: 4:16 guesses is a whole number from 3 to 1000
# want: 5:16 ban is from 1s to 7d
# want: 6:16 per_source is a whole number
# want: 7:16 per_user is a whole number
