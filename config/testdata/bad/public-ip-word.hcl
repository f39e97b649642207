domain = "pbx.example.com"
public_ip = "atuo"

# want: 2:13 public_ip "atuo" is no address | Did you mean "auto"?
