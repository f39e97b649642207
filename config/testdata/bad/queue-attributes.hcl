domain = "pbx.example.com"
user "201" { password = "x" }
from "trunks" {
  calls = { "1" = [queue("a")] }
}
queue "a" {
  members          = ["user:201"]
  strategy         = "in trun"
  music            = "/etc/passwd"
  postion          = "30s"
  position         = "1s"
  timeout          = "1d"
  max_callers      = 100000
  ring             = 20
  retry            = "0s"
  wrap_up          = "2h"
  join_when_empty  = "yes"
  leave_when_empty = 1
  priority         = -1
  exit_key         = "12"
}

# want: 8:22 there is no strategy "in trun" | Did you mean "in turn"?
# want: 9:22 leads out of the folder of sounds
# want: 10:3 queue has no "postion" | Did you mean "position"?
# want: 11:22 "1s" is out of range: from 5s to 1h
# want: 12:22 "1d" is no time
# want: 13:22 max_callers is a whole number from 1 to 1000
# want: 14:22 a time has a unit | Write "20s".
# want: 15:22 "0s" is out of range: from 1s to 10m
# want: 16:22 "2h" is out of range: from 0s to 1h
# want: 17:22 join_when_empty is true or false
# want: 18:22 leave_when_empty is true or false
# want: 19:22 priority is a whole number from 0 to 100
# want: 20:22 "12" is no key of a telephone
