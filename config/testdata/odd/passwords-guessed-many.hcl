domain = "pbx.example.com"
user "1" { password = "a" }
user "2" { password = "b" }
user "3" { password = "c" }
user "4" { password = "d" }
user "5" { password = "e" }
user "6" { password = "f" }
user "7" { password = "g" }
user "8" { password = "h" }
from "users" { calls = { "X" = [dial("user:${to}")] } }

# want: 2:12 the password of user "1" is easily guessed
# want: 3:12 the password of user "2" is easily guessed
# want: 4:12 the password of user "3" is easily guessed
# want: 5:12 the password of user "4" is easily guessed
# want: 6:12 the password of user "5" is easily guessed
# want: 7:12 the password of user "6" is easily guessed, and that of 2 more users
