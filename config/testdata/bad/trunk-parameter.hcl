domain = "pbx.example.com"
trunk "alpha" { host = "sip.example;transprt=tcp" }

# want: 2:24 host has no parameter "transprt" | Did you mean "transport"?
