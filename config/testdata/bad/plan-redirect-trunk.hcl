domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
from "trunk:alpha" {
  calls = {
    "1" = [redirect("sip:a@b.example")]
  }
}

# want: 7:5 trunk "alpha" is not to be redirected | Write redirect = true
