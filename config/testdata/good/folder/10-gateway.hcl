domain = "pbx.example.com"
listen { sip = [":5060/udp"] }
