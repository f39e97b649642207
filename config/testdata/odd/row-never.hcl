domain = "pbx.example.com"
user "201" { password = "correct-horse" }
from "users" {
  calls = {
    "2XX" = [dial("user:${to}")]
    "201" = [echo()]
  }
}

# want: 6:5 this row can never match: "2XX"
