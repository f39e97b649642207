domain = "pbx.example.com"
mail {
  server = "smtp example"
  port   = 70000
  tls    = "startls"
  from   = "tandem"
  passwd = "x"
}

# want: 3:12 server "smtp example" is no host name
# want: 4:12 port is a whole number from 1 to 65535
# want: 5:12 tls cannot be "startls" | Did you mean "starttls"?
# want: 6:12 from "tandem" is no address of mail
# want: 7:3 mail has no attribute "passwd" | Did you mean "password"?
