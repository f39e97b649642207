domain = "pbx.example.com"
from "users" {
  calls = {
    2XX = [hangup()]
  }
}

# want: 4:6 a name is followed by = and a value | Patterns and other names with odd characters stand in quotes.
