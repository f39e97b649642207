domain = "pbx.example.com"
user "1" { password = "x" }
user "2" { password = "x" }
user "3" { password = "x" }
user "4" { password = "x" }
user "5" { password = "x" }
user "6" { password = "x" }
user "7" { password = "x" }
user "8" { password = "x" }
user "9" { password = "x" }
from "users" { calls = { "9" = [dial("user:9")] } }

# want: 2:6 no row leads to user "1"
# want: 3:6 no row leads to user "2"
# want: 4:6 no row leads to user "3"
# want: 5:6 no row leads to user "4"
# want: 6:6 no row leads to user "5"
# want: 7:6 no row leads to user "6", nor to 2 more users
