domain = 'pbx'

# want: 1:10 text stands in double quotes | "pbx"
