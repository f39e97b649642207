domain = "pbx.example.com"
public_ip = "pbx.example.com"

# want: 2:13 public_ip "pbx.example.com" is no address | Write "auto"
