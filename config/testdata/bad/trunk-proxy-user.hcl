domain = "pbx.example.com"
trunk "alpha" {
  host  = "203.0.113.7"
  proxy = "sip:a@b"
}

# want: 4:11 proxy "sip:a@b"
