domain = "pbx.example.com"
mailbox "sales" {
  pin               = "4711"
  delete_after_mail = true
}
mailbox "shop" {
  pin               = "4711"
  email             = "bob@example.com"
  attach            = false
  delete_after_mail = true
}
mail {
  server = "smtp.example.com"
}

# want: 4:23 box "sales" deletes its messages after mail and has no email | Write email = "bob@example.com".
# want: 10:23 box "shop" deletes its messages after a mail without the sound | Leave out attach = false.
