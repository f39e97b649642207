domain = "pbx.example.com"
trunk "alpha" {
  host    = "203.0.113.7"
  options = "soon"
}

# want: 4:13 options "soon" is no length of time | or "off"
