domain = "pbx.example.com"
user "201" { password = "x" }
from "users" {
  calls = {
    "2XX" = [voicemail("201")]
  }
}

# want: 5:14 the step voicemail() is not yet in this version
