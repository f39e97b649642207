domain = "pbx.example.com"
trunk "alpha" {
  host = "sip.example"
  codecs = ["pmca", "opus", "pcmu", "pcmu"]
  ptime = 25
  max_ptime = 100
}

# want: 4:13 codecs cannot be "pmca" | Did you mean "pcma"?
# want: 4:37 codecs has "pcmu" twice
# want: 5:11 ptime is 10, 20, 30, 40, 50 or 60
# want: 6:15 max_ptime is a whole number from 10 to 60
