domain = "pbx.example.com"
numbering {
  country   = "GB"
  emergency = "999"
}

# want: 4:15 emergency is a list, not text | Write it in [ ].
