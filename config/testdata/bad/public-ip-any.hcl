domain = "pbx.example.com"
public_ip = "0.0.0.0"

# want: 2:13 nobody can send to 0.0.0.0 | Write "auto"
