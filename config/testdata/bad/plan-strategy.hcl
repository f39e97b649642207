domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
from "users" {
  calls = {
    "1" = [ring(["user:201", "user:202"], "20s", { strategy = "in trun" })]
  }
}

# want: 7: "in trun" is no strategy | Did you mean "in turn"?
