domain = "pbx.example.com"
mailbox "sales" {
  pin   = "4711"
  email = "Bob <bob@example.com>"
}
mailbox "shop" {
  pin   = "4711"
  email = "bob"
}

# want: 4:11 email "Bob <bob@example.com>" is no address of mail | Write "bob@example.com".
# want: 8:11 email "bob" is no address of mail
