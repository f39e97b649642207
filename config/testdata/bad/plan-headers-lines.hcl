domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
from "users" {
  calls = {
    "1" = [dial("user:202", "20s", { headers = { "X-A" = "a\r\nb" } })]
  }
}

# want: 7: the value of X-A is 1 to 256 octets on one line
