domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
from "users" {
  calls = {
    "1" = [dial("user:202", "20s", { headers = { Route = "x" } })]
  }
}

# want: 7:3 the header field Route may not be added by a step | X-...
