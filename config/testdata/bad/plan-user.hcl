domain = "pbx.example.com"
user "201" { password = "x" }
from "users" {
  calls = {
    "2XX" = [dial("user:210")]
  }
}

# want: 5:19 there is no user "210" | Did you mean "user:201"?
