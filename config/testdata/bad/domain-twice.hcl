domain = "pbx.example.com"
domain = "other.example"

# want: 2:1 attribute redefined
