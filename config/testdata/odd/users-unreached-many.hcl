domain = "pbx.example.com"
user "1" { password = "correct-horse" }
user "2" { password = "correct-horse" }
user "3" { password = "correct-horse" }
user "4" { password = "correct-horse" }
user "5" { password = "correct-horse" }
user "6" { password = "correct-horse" }
user "7" { password = "correct-horse" }
user "8" { password = "correct-horse" }
user "9" { password = "correct-horse" }
from "users" { calls = { "9" = [dial("user:9")] } }

# want: 2:6 no row leads to user "1"
# want: 3:6 no row leads to user "2"
# want: 4:6 no row leads to user "3"
# want: 5:6 no row leads to user "4"
# want: 6:6 no row leads to user "5"
# want: 7:6 no row leads to user "6", nor to 2 more users
