domain = "pbx.example.com"
trunk "alpha" {
  host    = "203.0.113.7"
  options = "1s"
}

# want: 4:13 options is from 5s to 1h
