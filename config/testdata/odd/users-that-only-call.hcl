domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
from "users" { calls = { "600" = [echo()] } }
