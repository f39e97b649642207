domain = "pbx.example.com"
user "201" { password = "x" }
from "trunks" {
  calls = {
    "1" = [menu("main"), dial("user:${digits}")]
    "2" = [menu()]
    "3" = [menu(1)]
    "4" = menu("main")
  }
}
menu "main" {
  digits = 2
  keys = {
    "1"   = [dial("user:20"), menu("main")]
    "2XX" = [dial("user:${digts}")]
    "3"   = [dial("sip:${digits}")]
    "4"   = dial("user:201")
    "5"   = []
    "6"   = [dial("trunk:alpha")]
    "7XX" = [hangup()]
  }
}

# want: 5:39 there is no value named "digits"
# want: 6:12 menu() lacks its name | menu(name)
# want: 7:17 a menu is text in quotes
# want: 8:11 steps stand in a list
# want: 14:19 there is no user "20"
# want: 15:27 there is no value named "digts" | Did you mean "digits"?
# want: 20:5 this key wants 3 digits, and the menu takes at most 2
# want: 16:5 this key never works; when "3" is pressed
# want: 17:13 steps stand in a list
# want: 18:13 there are no steps in this list
# want: 19:19 there is no trunk "alpha"
