domain = pbx

# want: 1:10 there is no value named "pbx" | Text stands in quotes: "pbx".
