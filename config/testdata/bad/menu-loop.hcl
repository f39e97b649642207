domain = "pbx.example.com"
from "trunks" {
  calls = { "." = [menu("main")] }
}
menu "main" {
  keys = {
    "1"       = [menu("more")]
    "timeout" = [menu("more")]
  }
}
menu "more" {
  keys = {
    "*"    = [menu("main")]
    "else" = [play("welcome.wav"), menu("main")]
  }
}

# want: 8:5 who presses no key goes round for ever: menu main > menu more > menu main | Let "timeout" lead elsewhere
