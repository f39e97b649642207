domain = 'pbx'

# want: 1:10 single quotes are not valid
