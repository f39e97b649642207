domain = "pbx.example.com"
media { prefer = "passthru" }

# want: 2:18 prefer cannot be "passthru" | Did you mean "passthrough"?
