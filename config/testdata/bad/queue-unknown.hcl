domain = "pbx.example.com"
user "201" { password = "x" }
from "trunks" {
  calls = {
    "1" = [queue("suport")]
    "2" = [queue()]
    "3" = [queue("support", { priority = 0 })]
    "4" = [queue("support", { prioirty = 1, timeout = 5 })]
    "5" = [queue("support", 5)]
  }
}
queue "support" {
  members = ["user:201"]
}

# want: 5:18 there is no queue "suport" | Did you mean "support"?
# want: 6:12 queue() lacks its name
# want: 7:31 priority is a whole number from 1 to 100
# want: 8:31 queue has no option "prioirty" | Did you mean "priority"?
# want: 8:45 a time has a unit | Write "5s".
# want: 9:29 options stand in { }
