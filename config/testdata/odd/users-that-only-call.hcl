domain = "pbx.example.com"
user "201" { password = "correct-horse" }
user "202" { password = "correct-horse" }
from "users" { calls = { "600" = [echo()] } }
