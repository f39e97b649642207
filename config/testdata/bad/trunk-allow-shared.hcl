domain = "pbx.example.com"
trunk "alpha" {
  host = "sip.example"
  allow = ["203.0.113.0/24"]
}
trunk "beta" { host = "203.0.113.9" }

# want: 6:7 203.0.113.9/32 is also of trunk "alpha", by 203.0.113.0/24
