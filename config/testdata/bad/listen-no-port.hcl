domain = "pbx.example.com"
listen {
  web = ["192.0.2.1/https"]
}

# want: 3:10 "192.0.2.1/https": a port stands behind a colon
