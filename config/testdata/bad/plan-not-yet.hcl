domain = "pbx.example.com"
user "201" { password = "x" }
from "users" {
  calls = {
    "2XX" = [redirect("sip:a@192.0.2.1")]
  }
}

# want: 5:14 the step redirect() is not yet in this version
