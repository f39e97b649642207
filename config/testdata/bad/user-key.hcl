domain = "pbx.example.com"
user "201" {
  passwrod = "y"
}

# want: 3:3 user has no attribute "passwrod" | Did you mean "password"?
