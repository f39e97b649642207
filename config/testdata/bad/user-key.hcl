domain = "pbx.example.com"
user "201" {
  passwrod = "y"
}

# want: 3:3 there is no attribute user "passwrod" | Did you mean "password"?
