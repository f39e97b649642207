domain = "pbx.example.com"
user "201" { password = "correct-horse" }
from "users" { calls = { "2XX" = [dial("user:${to}"), reject(404), hangup()] } }

# want: 3:68 this step never runs, since reject() before it ends the call
