domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
from "users" {
  calls = {
    "1" = [play("welcome.wav", { times = "three" })]
  }
}

# want: 7: times is a number, not text
