# How numbers are written, and who may call which.
domain = "pbx.example.com"
user "201" {
  password    = "a"
  number      = "020 7946 0201"
  permissions = "travel"
}
user "202" { password = "b" }
trunk "alpha" {
  host            = "203.0.113.7"
  numbers         = "e164-without-plus"
  number_prefix   = "4711#"
  strip_prefix    = "99"
  minutes_a_day   = 1000
  minutes_a_month = 20000
}
trunk "beta" {
  host        = "203.0.113.8"
  numbers     = "national"
  country     = "DE"
  permissions = "travel"
}
numbering {
  country    = "GB"
  emergency  = ["999", "112"]
  area       = "20"
  outside    = "9"
  extensions = ["3XX", "4XXX"]
}
permissions "travel" {
  allow           = ["national", "mobile", "toll_free", "shared_cost", "service"]
  countries       = ["FR", "DE"]
  max_calls       = 2
  minutes_a_day   = 60
  minutes_a_month = 600
}
permissions "default" { allow = ["national"] }
from "users" {
  calls = {
    "emergency" = [dial(["trunk:alpha", "trunk:beta"])]
    "premium"   = [reject(403, "Not from here")]
    "2XX"       = [dial("user:${to}", "20s")]
    "+."        = [dial(["trunk:alpha", "trunk:beta"])]
  }
}
from "trunks" {
  calls = { "+442079460201" = [dial("user:201")] }
}
test "national, as people write it" {
  call    = { from = "user:201", to = "(020) 7946-0000" }
  answers = { "trunk:alpha" = 503 }
  expect  = ["dial trunk:alpha 4711#442079460000", "dial trunk:beta 00442079460000", "answered"]
}
test "of the area, through the outside line" {
  call   = { from = "user:202", to = "9 7946 0000" }
  expect = ["dial trunk:alpha 4711#442079460000", "answered"]
}
test "abroad, where it is open" {
  call    = { from = "user:201", to = "0049 30 123456" }
  answers = { "trunk:alpha" = 503 }
  expect  = ["dial trunk:alpha 4711#4930123456", "dial trunk:beta 030123456", "answered"]
}
test "abroad, where it is not" {
  call   = { from = "user:201", to = "00 39 06 1234 5678" }
  expect = ["reject 403"]
}
test "abroad, for whom it is not" {
  call   = { from = "user:202", to = "0049 30 123456" }
  expect = ["reject 403"]
}
test "for help" {
  call   = { from = "user:202", to = "9 999" }
  expect = ["dial trunk:alpha 4711#999", "answered"]
}
test "premium" {
  call   = { from = "user:201", to = "0900 123 4567" }
  expect = ["reject 403"]
}
test "the carrier's form comes in" {
  call   = { from = "trunk:alpha", to = "99442079460201" }
  expect = ["ring user:201", "answered"]
}
