domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
from "users" {
  calls = {
    "1" = [ring("user:201", "20s", { each = "5s" })]
  }
}

# want: 7: each is how long one member rings where they are called in turn | Write strategy = "in turn".
