domain = "pbx.example.com"
trunk "alpha" {
  host  = "192.0.2.9"
  video = "yes"
}

# want: 4:11 video is true or false, not text
