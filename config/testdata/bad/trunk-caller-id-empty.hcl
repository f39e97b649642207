domain = "pbx.example.com"
trunk "alpha" {
  host      = "203.0.113.7"
  caller_id = []
}

# want: 4:15 caller_id is empty
