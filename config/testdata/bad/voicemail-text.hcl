domain = "pbx.example.com"
user "201" {
  password  = "x"
  voicemail = "4711"
}

# want: 4:15 voicemail is a group in { }, not text | Write it in { }.
