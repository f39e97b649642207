domain = "pbx.example.com"
user "201" { password = "correct-horse" }
from "users" { calls = { "2XX" = [play("closed.wav"), dial("user:${to}")] } }

# want: 3:40 there is no sound "closed.wav", so a tone will be heard instead
