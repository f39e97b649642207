domain = "pbx.example.com"
user "201" { password = "correct-horse" }
room "sales" { }
from "users" {
  calls = {
    "2XX" = [dial("user:${to}")]
    "600" = [room("sale")]
  }
}

# want: 7:19 there is no room "sale", so one without any rules is made | Did you mean "sales"?
