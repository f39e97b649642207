domain = "pbx.example.com"
user "201" { password = "x" }
let {
  sales = [dial("user:201")]
}
from "users" {
  calls = { "3" = sails }
}

# want: 7:19 there is no value named "sails" | Did you mean "sales"?
