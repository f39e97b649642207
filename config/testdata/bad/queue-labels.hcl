domain = "pbx.example.com"
user "201" { password = "x" }
from "trunks" {
  calls = { "1" = [queue("a")] }
}
queue "a" { members = ["user:201"] }
queue "a" { members = ["user:201"] }
queue { members = ["user:201"] }
queue "a b" { members = ["user:201"] }
queue "b" {
  members = [to]
  members { }
}

# want: 7:7 there are two of queue "a", the first at
# want: 8:1 a queue has one name
# want: 9:7 a queue has a name of 1 to 64 letters
# want: 11:13 this is settled before any call
# want: 12:3 queue holds no block "members" | Write members = ...
