domain = "pbx.example.com"
mailbox "sales" {
  pin   = "4711"
  user  = ["201"]
  attch = true
}

# want: 4:3 there is no attribute mailbox "user" | Did you mean "users"?
# want: 5:3 there is no attribute mailbox "attch" | Did you mean "attach"?
