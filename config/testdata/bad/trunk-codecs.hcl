domain = "pbx.example.com"
trunk "alpha" {
  host = "sip.example"
  codecs = ["pmca", "opus", "pcmu", "pcmu"]
}

# want: 4:13 codecs cannot be "pmca" | Did you mean "pcma"?
# want: 4:21 codecs = "opus" is not yet in this version
# want: 4:37 codecs has "pcmu" twice
