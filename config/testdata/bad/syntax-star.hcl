domain = "pbx.example.com"
from "users" {
  calls = {
    *97 = [echo()]
  }
}

# want: 4:5 
