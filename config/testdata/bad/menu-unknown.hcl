domain = "pbx.example.com"
from "trunks" {
  calls = { "." = [menu("mian")] }
}
menu "main" {
  keys = { "1" = [hangup()] }
}

# want: 3:25 there is no menu "mian" | Did you mean "main"?
