domain = "pbx.example.com"
user "201" {
  password  = "x"
  voicemail = { pinn = "4711", email = "a@example.com" }
}
user "202" {
  password  = "x"
  voicemail = { greting = "a.wav" }
}

# want: 4:17 voicemail has no "pinn" | Did you mean "pin"?
# want: 8:17 voicemail has no "greting" | Did you mean "greeting"?
