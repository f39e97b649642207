domain = "pbx.example.com"
user "201" { password = "x" }
test "a" {
  call = { from = "user:201", to = "1" }
  expct = ["answered"]
}

# want: 5:3 test has no "expct" | Did you mean "expect"?
# want: 3:1 this test lacks its expect
