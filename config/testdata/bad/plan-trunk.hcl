domain = "pbx.example.com"
trunk "alpha" { host = "203.0.113.7" }
from "users" {
  calls = {
    "9." = [dial("trunk:alhpa")]
  }
}

# want: 5:18 there is no trunk "alhpa" | Did you mean "trunk:alpha"?
