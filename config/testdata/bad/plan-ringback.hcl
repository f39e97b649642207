domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
from "users" {
  calls = {
    "1" = [dial("user:201", "20s", { ringback = "musik" })]
  }
}

# want: 7: "musik" is nothing that can be heard while it rings | Did you mean "music"?
