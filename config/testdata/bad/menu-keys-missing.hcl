domain = "pbx.example.com"
from "trunks" {
  calls = { "1" = [menu("a")], "2" = [menu("b")], "3" = [menu("c")] }
}
menu "a" {
  play = "welcome.wav"
}
menu "b" {
  keys = ["1"]
}
menu "c" {
  keys = {}
}

# want: 5:6 menu "a" has no keys | Write keys = { "1" = [dial("user:201")] }.
# want: 9:10 keys is a table of keys and steps
# want: 12:10 menu "c" has no keys
