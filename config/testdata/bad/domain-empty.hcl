domain = ""

# want: 1:10 domain is empty
