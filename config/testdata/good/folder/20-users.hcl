user "201" { password = "x" }
from "user:201" { calls = { "1" = [dial("user:202")] } }
