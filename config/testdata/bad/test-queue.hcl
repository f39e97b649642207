domain = "pbx.example.com"
user "201" { password = "x" }
from "users" {
  calls = { "1" = [queue("a")] }
}
queue "a" {
  members = ["user:201"]
}
test "queue" {
  call    = { from = "user:201", to = "1" }
  answers = { "queue:b" = "no-answer", "queue:a" = "sleeps" }
  expect  = ["queue a", "no answer"]
}

# want: 11:15 there is no queue "b"
# want: 11:52 nobody can do "sleeps"
