domain = "pbx.example.com"
from "users" = {
}

# want: 2:14 a block has no = before its {
