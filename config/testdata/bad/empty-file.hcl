
# want: 1:1 the domain is missing
