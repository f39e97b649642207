domain = "pbx.example.com"
user "201" {
  password = "x"
  voicemail = { pin = env("NOT_LOOKED_AT") }
}

# want: 4:3 user voicemail is not yet in this version
