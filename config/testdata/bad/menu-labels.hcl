domain = "pbx.example.com"
from "trunks" {
  calls = { "." = [menu("main")] }
}
menu "main" {
  keys = { "1" = [hangup()] }
}
menu "main" {
  keys = { "1" = [hangup()] }
}
menu {
  keys = { "1" = [hangup()] }
}
menu "the main" {
  keys = { "1" = [hangup()] }
}
menu "a" "b" {
  keys = { "1" = [hangup()] }
}

# want: 8:6 there are two of menu "main", the first at
# want: 11:1 a menu has one name | Write menu "main" { ... }.
# want: 14:6 a menu has a name of 1 to 64 letters
# want: 17:10 a menu has one name
