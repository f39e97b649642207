domain = "pbx.example.com"
tls { cert = "gone.hcl" }

# want: 2:7 cert is of use only with tls mode "files"
# want: 2:14 there is no file
