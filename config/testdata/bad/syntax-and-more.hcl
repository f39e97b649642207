publc_ip = "auto"
user "201" {
  pasword = "x"
}
trunk "alpha" {
  host = 
}

# want: 1:1 there is no attribute "publc_ip" | Did you mean "public_ip"?
# want: 3:3 user has no attribute "pasword" | Did you mean "password"?
# want: 6:10 
