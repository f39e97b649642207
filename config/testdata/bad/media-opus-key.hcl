domain = "pbx.example.com"
media { opus = { bitrat = 24000 } }

# want: 2:18 opus has no "bitrat" | Did you mean "bitrate"?
