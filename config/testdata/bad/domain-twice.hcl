domain = "pbx.example.com"
domain = "other.example"

# want: 2:1 "domain" is set twice, first at
