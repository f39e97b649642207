domain = "pbx.example.com"
from "user" {
  calls = { "1" = [hangup()] }
}

# want: 2:6 no calls come from "user" | Did you mean "users"?
