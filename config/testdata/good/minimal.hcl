domain = "pbx.example.com"

user "201" { password = "correct horse" }
user "202" { password = "battery staple" }

trunk "alpha" { host = "203.0.113.7" }

from "users" {
  calls = {
    "2XX" = [dial("user:${to}")]
    "."   = [dial("trunk:alpha")]
  }
}
from "trunks" { calls = { "." = [ring(["user:201", "user:202"])] } }
