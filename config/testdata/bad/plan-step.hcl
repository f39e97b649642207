domain = "pbx.example.com"
user "201" { password = "x" }
from "users" {
  calls = {
    "2XX" = [dail("user:201")]
  }
}

# want: 5:14 there is no step "dail" | Did you mean "dial"?
