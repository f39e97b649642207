domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
from "users" {
  calls = {
    "1" = [forward("trunk:alpha")]
  }
}

# want: 7: a call is forwarded to a number | Write "trunk:alpha/NUMBER".
