domain = "pbx.example.com"
listen = { sip = [":5060/udp"] }

# want: 2:1 listen is a block | Write listen { ... } without =.
