domain = "pbx.example.com"
tls { mode = "files" }

# want: 2:14 tls mode "files" lacks its cert
# want: 2:14 tls mode "files" lacks its key
