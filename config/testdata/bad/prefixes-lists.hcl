domain = "pbx.example.com"
prefixes {
  Mobile  = ["+4473"]
  empty   = []
  numbers = [447]
  ends    = ["447."]
}
from "users" {
  calls = {
    "{mobil}"     = [echo()]
    "9{number:X." = [echo()]
    "9{to:X.}"    = [echo()]
  }
}

# want: 3:3 "Mobile" is no name of prefixes
# want: 4:13 a name stands for 1 to 2000 prefixes, not 0
# want: 5:14 a prefix is text in quotes, not a number | "447"
# want: 6:14 what follows it is not written
# want: 10:6 there are no prefixes "mobil"
# want: 11:7 "{" without a "}" after it
# want: 12:8 "to" is given by the call
