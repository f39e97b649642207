domain = "pbx.example.com"
user "201" { password = "x" }
from "users" {
  calls = { "1" = [menu("a")] }
}
menu "a" {
  keys = { "1" = [hangup()] }
}
test "word" {
  call   = { from = "user:201", to = "1" }
  press  = ["one", 1]
  expect = ["menu a"]
}
test "no list" {
  call   = { from = "user:201", to = "1" }
  press  = "1"
  expect = ["menu a"]
}
test "typo" {
  call   = { from = "user:201", to = "1" }
  pres   = ["1"]
  expect = ["menu a"]
}

# want: 11:13 nobody can press "one" | Write press = ["1", "202"]
# want: 11:20 what is pressed is text in quotes
# want: 16:12 press is a list of digits
# want: 21:3 test has no "pres" | Did you mean "press"?
