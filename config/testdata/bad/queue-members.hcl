domain = "pbx.example.com"
user "201" { password = "x" }
trunk "alpha" { host = "192.0.2.1" }
from "trunks" {
  calls = { "1" = [queue("a")], "2" = [queue("b")], "3" = [queue("c")], "4" = [queue("d")] }
}
queue "a" {
  members = ["user:202", "201", "trunk:alpha", "room:608", "trunk:beta/1"]
}
queue "b" {
  members = []
}
queue "c" {
  members = "user:201"
}
queue "d" {
  ring = "5s"
}

# want: 8:14 there is no user "202" | Did you mean "user:201"?
# want: 8:26 "201" is no target | Did you mean "user:201"?
# want: 8:33 the member "trunk:alpha" lacks the number to ask for | Write "trunk:alpha/NUMBER".
# want: 8:48 a room does not ring
# want: 8:60 there is no trunk "beta"
# want: 11:13 a queue has 1 to 200 members, not 0
# want: 14:13 members is a list of targets | Write members = ["user:201", "user:202"].
# want: 16:7 queue "d" has no members
