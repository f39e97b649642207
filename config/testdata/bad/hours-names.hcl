domain = "pbx.example.com"
hours {
  open = "mon"
}
hours "office" {
  open = "mon"
}
hours "office" {
  open = "tue"
}
from "users" {
  calls = {
    "1" = open("ofice") ? [echo()] : [hangup()]
    "2" = open(to) ? [echo()] : [hangup()]
    "3" = during("mon-fri 9:00") ? [echo()] : [hangup()]
  }
}

# want: 2:1 hours have one name
# want: 8:7 there are two hours "office", the first at
# want: 13:16 there are no hours "ofice" | Did you mean "office"?
# want: 14:16 what open() is asked for must not depend on the call
# want: 15:27 "9:00" is no time from one hour to another
