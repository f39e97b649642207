domain = "pbx.example.com"
from "users" {
  calls = { "2[X" = [hangup()] }
}

# want: 3:15 pattern "2[X": "[" without a "]" after it
