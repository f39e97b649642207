domain = "pbx.example.com"
mail {
  server   = "smtp.example.com"
  tls      = "none"
  user     = "tandem"
  password = "x"
}

# want: 4:3 the password would be readable by everybody on the way | Write tls = "starttls"
