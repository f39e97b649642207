domain = "pbx.example.com"
timezone = "Europe/London"

# want: 2:1 timezone is not yet in this version
