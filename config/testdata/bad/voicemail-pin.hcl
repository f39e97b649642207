domain = "pbx.example.com"
user "201" {
  password  = "x"
  voicemail = { pin = 4711 }
}
user "202" {
  password  = "x"
  voicemail = { pin = "47a1" }
}
user "203" {
  password  = "x"
  voicemail = { pin = env("BOB_PIN_NOT_SET") }
}

# want: 4:23 voicemail pin is text in quotes, not a number | Write it in quotes: "4711".
# want: 8:23 voicemail pin is 1 to 16 digits
# want: 12:28 the environment variable BOB_PIN_NOT_SET is not set
