user "201" { password = "x" }

# want: 1:1 the domain is missing | Write domain =
