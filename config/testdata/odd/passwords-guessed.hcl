domain = "pbx.example.com"
user "201" {
  name     = "Ann"
  password = "201"
}
user "202" { password = "Password" }
user "203" { password = "12345678" }
user "204" { password = "k3v9x2mqa7" }
user "ben.baker" { password = "Ben.Baker" }
user "206" { ha1 = { md5 = "0cc175b9c0f1b6a831c399e269772661" } }
from "users" { calls = { "2XX" = [dial("user:${to}")], "ben.baker" = [dial("user:ben.baker")] } }

# want: 4:3 the password of user "201" is easily guessed
# want: 6:14 the password of user "202" is easily guessed
# want: 7:14 the password of user "203" is easily guessed
# want: 9:20 the password of user "ben.baker" is easily guessed
