domain = "pbx.example.com"
mail {
  user = "tandem"
}

# want: 2:1 mail lacks its server | Write server = "smtp.example.com".
# want: 3:3 mail has a user and lacks its password
