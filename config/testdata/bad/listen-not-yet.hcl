domain = "pbx.example.com"
listen {
  media = [":8443/tcp"]
}

# want: 3:12 "tcp" is no transport of media
