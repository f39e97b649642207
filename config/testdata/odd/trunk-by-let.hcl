domain = "pbx.example.com"
user "201" { password = "correct-horse" }
trunk "alpha" { host = "203.0.113.7" }
trunk "beta" { host = "203.0.113.8" }
trunk "gamma" { host = "203.0.113.9" }
let { carriers = ["trunk:alpha", "trunk:beta/${to}"] }
from "users" {
  calls = {
    "201" = [dial("user:201")]
    "9."  = [dial(carriers)]
  }
}

# want: 5:7 nothing uses trunk "gamma"
