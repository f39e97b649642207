domain = "pbx.example.com"
user "201" { password = "correct-horse" }
trunk "alpha" { host = "192.0.2.1" }
room "sales" { }
room "board" { pin = "4711" }
room "inside" { }
room "one" { }
from "users" { calls = { "2XX" = [dial("user:${to}")], "7" = [room("inside")] } }
from "trunks" {
  calls = {
    "100" = [room("sales")]
    "101" = [room("board")]
  }
}
from "trunk:alpha" {
  calls = {
    "102" = caller == "1" ? [room("one")] : [reject(480)]
    "2XX" = [dial("user:${to}")]
  }
}

# want: 4:6 room "sales" has no pin, and a row of trunks leads into it | Write pin = "4711"
# want: 7:6 room "one" has no pin
