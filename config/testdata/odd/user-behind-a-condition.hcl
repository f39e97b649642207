domain = "pbx.example.com"
user "201" { password = "correct-horse" }
user "202" { password = "correct-horse" }
user "203" { password = "correct-horse" }
from "users" {
  calls = {
    "1" = caller == "201" ? [dial("user:202")] : [ring(["user:201"])]
  }
}

# want: 4:6 no row leads to user "203"
