domain = "pbx example"

# want: 1:10 domain "pbx example" is no host name
