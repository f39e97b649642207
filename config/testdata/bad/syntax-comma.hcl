domain = "pbx.example.com"
from "users" {
  calls = {
    "600" = [answer() echo()]
  }
}

# want: 4:23 a comma is missing between two items of a list
