domain = "pbx.example.com"
media { ice = "light" }
listen { turn = [":3478", ":8443/udp", ":5349/http"] }

# want: 2:15 ice cannot be "light" | It is full or lite.
# want: 3:18 ":3478" has no transport
# want: 3:27 ":8443/udp" takes ports that media takes by default
# want: 3:40 "http" is no transport of turn
