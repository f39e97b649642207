domain = "pbx.example.com"
user "201" { password = "x" }
from "users" {
  calls = { "3" = [dial(to == "3" ? "user:201" : ["user:201"])] }
}

# want: 4:37 both sides of a condition are of one kind
