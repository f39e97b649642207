domain = "pbx.example.com"
trunk "alpha" { host = "sip.example.com" }
from "users" { calls = { "9." = [dial("trunk:alpha")] } }

# want: 2:7 trunk "alpha" can be called, but a call from it is not known to be its | allow = 
