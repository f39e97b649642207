this is not a configuration

# want: 1:
