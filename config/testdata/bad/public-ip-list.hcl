domain    = "pbx.example.com"
public_ip = ["203.0.113.5", "auto", "::", "203.0.113.5"]

# want: 2:29 public_ip "auto" is no address | Write an address such as "203.0.113.5".
# want: 2:37 nobody can send to ::
# want: 2:43 public_ip names 203.0.113.5 twice
