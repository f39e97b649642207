domain = "pbx.example.com"
user "201" { password = "x" }
user "202" { password = "x" }
trunk "alpha" { host = "203.0.113.7" }
trunk "beta" {
  host     = "203.0.113.8"
  redirect = "yes"
}

# want: 7:14 redirect
