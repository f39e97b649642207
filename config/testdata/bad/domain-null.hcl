domain = null

# want: 1:10 domain is text in quotes, not null
