domain = "pbx.example.com"
from "users" {
  calls = {
    "1" = [room("a b")]
    "2" = [room("sales", { moderatr = true, muted = 1 })]
    "3" = [ring(["room:sales"])]
    "4" = [dial("room:")]
    "5" = [room("room:sales")]
    "6" = [rom("sales")]
  }
}
room "sales" {
}

# want: 4:17 a room has a name of 1 to 64
# want: 5:28 room has no option "moderatr" | Did you mean "moderator"?
# want: 5:45 muted is true or false
# want: 6:18 a room does not ring | Write room("sales")
# want: 7:17 a room has a name of 1 to 64
# want: 8:17 a room has a name of 1 to 64 | Write room("sales").
# want: 9:12 there is no step "rom" | Did you mean "room"?
