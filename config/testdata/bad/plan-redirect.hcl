domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
from "users" {
  calls = {
    "1" = [redirect("202")]
  }
}

# want: 7: "202" is no place that a caller can be sent to | Write "sip:
