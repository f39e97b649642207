domain = "pbx.example.com"
numbering {
  country   = "GB"
  outside   = "112"
}

# want: 4:15 112 calls for help: it cannot get an outside line
