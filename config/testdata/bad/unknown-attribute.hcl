domain = "pbx.example.com"
public_pi = "auto"

# want: 2:1 there is no attribute "public_pi" | Did you mean "public_ip"?
