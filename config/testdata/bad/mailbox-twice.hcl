domain = "pbx.example.com"
user "201" {
  password  = "x"
  voicemail = { pin = "4711" }
}
mailbox "201" {
  pin = "4711"
}
mailbox "sales" {
  pin = "4711"
}
mailbox "sales" {
  pin = "4711"
}
mailbox {
}

# want: 6:9 user "201" has a box of that name already
# want: 12:9 mailbox "sales" is defined twice
# want: 15:1 mailbox has one name, not 0
