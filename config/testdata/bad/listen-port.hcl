domain = "pbx.example.com"
listen {
  sip = [":65536/udp", ":x/tcp", ":/tls"]
}

# want: 3:10 ":65536/udp": "65536" is no port: 0 to 65535
# want: 3:24 ":x/tcp": "x" is no port
# want: 3:34 ":/tls": "" is no port
