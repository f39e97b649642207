domain = "pbx.example.com"
tls { mode = "file" }

# want: 2:14 mode cannot be "file" | Did you mean "files"?
