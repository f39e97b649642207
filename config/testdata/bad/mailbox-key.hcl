domain = "pbx.example.com"
mailbox "sales" {
  pin   = "4711"
  user  = ["201"]
  attch = true
}

# want: 4:3 mailbox has no attribute "user" | Did you mean "users"?
# want: 5:3 mailbox has no attribute "attch" | Did you mean "attach"?
