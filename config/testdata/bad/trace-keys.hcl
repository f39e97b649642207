domain = "pbx.example.com"
trace {
  keep   = "some"
  for    = "1m"
  disk   = "1GiB"
  memory = -1
  days   = 7
}

# want: 3:12 keep cannot be "some" | none
# want: 4:12 for is from 1h to 365d
# want: 5:12 disk is a number, not text | without quotes
# want: 6:12 memory is a whole number from 0 to 65536
# want: 7:3 trace has no attribute "days" | for
