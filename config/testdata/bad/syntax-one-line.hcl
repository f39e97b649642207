domain = "pbx.example.com"
tls { mode = "local" cert = "x" }

# want: 2:22 a block on one line holds one attribute | Write each attribute on a line of its own.
