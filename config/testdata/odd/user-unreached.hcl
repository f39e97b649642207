domain = "pbx.example.com"
user "201" { password = "correct-horse" }
user "301" { password = "correct-horse" }
from "users" {
  calls = {
    "2XX" = [dial("user:${to}")]
    "300" = [dial("user:201"), reject(480)]
  }
}

# want: 3:6 no row leads to user "301" | [dial("user:301")]
