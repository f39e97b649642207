domain = "pbx.example.com"
state = "/var

# want: 2:14 a text has no closing quote on its line
