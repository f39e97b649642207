domain = "pbx.example.com"
mailbox "sales" {
  pin    = "4711"
  max    = 0
  length = "2h"
  total  = "1s"
  keep   = "5m"
}

# want: 4:12 max is a whole number from 1 to 10000
# want: 5:12 length is from 5s to 1h
# want: 6:12 total is from 1m to 100d
# want: 7:12 keep is from 1h to 3650d
