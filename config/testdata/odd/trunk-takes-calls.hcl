domain = "pbx.example.com"
user "201" { password = "correct-horse" }
trunk "alpha" { host = "203.0.113.7" }
trunk "beta" { host = "203.0.113.8" }
from "trunk:alpha" { calls = { "." = [dial("user:201")] } }

# want: 4:7 nothing uses trunk "beta"
