listen { rtp = "30000-30099" }
user "202" { password = "y" }
from "users" { calls = { "1" = [reject(403)] } }
