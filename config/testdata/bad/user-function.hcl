domain = "pbx.example.com"
user "201" { password = evn("X") }

# want: 2:25 there is no function "evn" here | Did you mean "env"?
