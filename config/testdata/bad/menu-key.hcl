domain = "pbx.example.com"
from "trunks" {
  calls = { "." = [menu("main")] }
}
menu "main" {
  keys = {
    "sales" = [hangup()]
    "esle"  = [hangup()]
    "[1-"   = [hangup()]
    7       = [hangup()]
  }
}

# want: 7:5 nobody can press "s" | A key is of 0-9
# want: 8:5 nobody can press "e" | Did you mean "else"?
# want: 9:6 pattern "[1-": "[" without
# want: 10:5 a pattern is text in quotes | Write it in quotes, such as "7"
