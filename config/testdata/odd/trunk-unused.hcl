domain = "pbx.example.com"
user "201" { password = "correct-horse" }
trunk "alpha" { host = "203.0.113.7" }
from "users" { calls = { "2XX" = [dial("user:${to}")] } }

# want: 3:7 nothing uses trunk "alpha": no row calls it, and none takes calls from it | [dial("trunk:alpha")]
