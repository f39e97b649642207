domain = "pbx.example.com"
numbering {
  country    = "GB"
  extensions = ["2XX", "3.", "4[", "+44X"]
}

# want: 4:24 extensions have one length, which "3." has not | "2XX"
# want: 4:30 pattern "4["
# want: 4:36 extensions have one length
