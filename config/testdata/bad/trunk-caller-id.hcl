domain = "pbx.example.com"
trunk "alpha" {
  host      = "203.0.113.7"
  caller_id = ["from", "pia", "from"]
}

# want: 4:24 caller_id cannot be "pia" | Did you mean "pai"?
# want: 4:31 caller_id has "from" twice
