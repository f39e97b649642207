domain = "pbx.example.com"
state = ["/var"]

# want: 2:9 state is text in quotes, not a list
