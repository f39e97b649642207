domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
from "users" {
  calls = {
    "1" = [record("start")]
  }
}

# want: 7: "start" is no state of a recording | There are on, pause, off.
