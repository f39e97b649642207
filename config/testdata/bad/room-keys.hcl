domain = "pbx.example.com"
room "sales" {
  pin           = 4711
  moderator_pin = "47a1"
  max           = 1
  rate          = 44100
  announce      = "yes"
  lokc          = true
}
room "sales" {
}
room "a#b" {
}
room "own" {
  pin           = "1"
  moderator_pin = "1"
}
room {
}

# want: 3:19 pin is text in quotes, not a number | Write it in quotes: "4711".
# want: 4:19 moderator_pin is 1 to 16 digits
# want: 5:19 max is a whole number from 2 to 1000
# want: 6:19 rate is 8000, 16000 or 48000
# want: 7:19 announce is true or false | Write it without quotes.
# want: 8:3 room has no attribute "lokc" | Did you mean "lock"?
# want: 10:6 room "sales" is defined twice
# want: 12:6 a room has a name of letters
# want: 16:19 is its pin
# want: 18:1 room has one name, not 0
