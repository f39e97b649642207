domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
from "users" {
  calls = {
    "1" = [hangup(0)]
  }
}

# want: 7: a cause is 1 to 127, not 0
