domain = "pbx.example.com"
user "201" { password = "correct-horse" }
user "301" { password = "correct-horse" }
trunk "alpha" { host = "203.0.113.7" }
trunk "beta" { host = "203.0.113.8" }
from "users" {
  calls = {
    "8." = [dial("user:${trimprefix(to, "8")}")]
    "6." = [dial("trunk:${caller == "201" ? "alpha" : "beta"}/${to}")]
    "6X" = [echo()]
  }
}

# want: 10:5 this row can never match: "6." at
