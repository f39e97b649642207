domain = "pbx.example.com"
tls {
  mode = "files"
  cert = "gone.pem"
  key = "gone.key"
}

# want: 4:10 there is no file
# want: 5:9 there is no file
