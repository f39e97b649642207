domain = "pbx.example.com"
zzzzzz = 1

# want: 2:1 there is no attribute "zzzzzz" | There are domain, public_ip
