domain = "pbx.example.com"
user "201" {
  password = "x"
}
from "users" {
  calls = {
    "1" = registered("202") ? [echo()] : [hangup()]
    "2" = busy("trunk:alpha") ? [echo()] : [hangup()]
    "3" = asleep(201) ? [echo()] : [hangup()]
    "4" = weekday() ? [echo()] : [hangup()]
    "5" = regstered("201") ? [echo()] : [hangup()]
    "6" = [play(registered("201"))]
  }
}

# want: 7:22 there is no user "202"
# want: 8:16 busy() asks about a user, not "trunk:alpha"
# want: 9:18 asleep() wants text in quotes
# want: 10:11 a condition is true or false, not text
# want: 11:11 there is no function "regstered" | Did you mean "registered"?
# want: 12:17 a sound file is text
