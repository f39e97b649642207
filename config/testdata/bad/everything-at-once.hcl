domain = 5
listen {
  sip = [":5060/upd"]
}
user "201" {
  passwrod = "x"
}
trunk "alpha" {
  host = "a b"
}
from "users" {
  calls = {
    "2XX" = [dail("user:${to}"), tone("bussy")]
  }
}

# want: 1:10 domain is text
# want: 3:10 "upd"
# want: 6:3 user has no attribute "passwrod"
# want: 9:10 host "a b"
# want: 13:14 there is no step "dail"
# want: 13:39 there is no tone "bussy"
