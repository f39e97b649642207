domain = 5

# want: 1:10 domain is text in quotes, not a number | Write it in quotes: "5".
