domain = "pbx.example.com"
from "trunks" {
  calls = { "." = [menu("main")] }
}
menu "main" {
  prompt  = "welcome.wav"
  paly    = "welcome.wav"
  wait    = 5
  between = "2h"
  digits  = 0
  retries = 1.5
  answer  = "no"
  direct  = 1
  invalid = "../wrong.wav"
  keys    = { "1" = [hangup()] }
}

# want: 6:3 menu has no "prompt" | There are
# want: 7:3 menu has no "paly" | Did you mean "play"?
# want: 8:13 a time has a unit | Write "5s".
# want: 9:13 "2h" is out of range: from 100ms to 30s
# want: 10:13 digits is a whole number from 1 to 32
# want: 11:13 retries is a whole number from 0 to 10
# want: 12:13 answer is true or false
# want: 13:13 direct is true or false
# want: 14:13 leads out of the folder of sounds
