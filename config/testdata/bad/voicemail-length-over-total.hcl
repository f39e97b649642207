domain = "pbx.example.com"
mailbox "sales" {
  pin    = "4711"
  length = "10m"
  total  = "5m"
}

# want: 2:9 box "sales" takes a message of 10m, and 5m in all
