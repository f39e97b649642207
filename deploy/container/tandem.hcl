# What the container runs: change the domain and the passwords.
domain = "pbx.example.com"
state  = "/var/lib/tandem"

user "201" {
  name     = "Ann"
  password = "change-me-201"
}
user "202" {
  name     = "Bob"
  password = "change-me-202"
}

from "users" {
  calls = {
    "2XX" = [dial("user:${to}", "30s")]
  }
}
