domain = "pbx.example.com"
user "201" {
  password = "x"
}
mailbox "sales" {
  pin   = "4711"
  users = ["201", "2O1", "201"]
}
mailbox "shop" {
  skip_pin = true
}

# want: 7:19 there is no user "2O1" | Did you mean "201"?
# want: 7:26 users names "201" twice
# want: 9:9 box "shop" has skip_pin and no users
