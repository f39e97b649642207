domain    = "pbx.example.com"
public_ip = []

# want: 2:13 public_ip is an empty list | Write "auto"
