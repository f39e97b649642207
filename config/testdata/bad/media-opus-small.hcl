domain = "pbx.example.com"
media { opus = { bitrate = 510 } }

# want: 2:28 opus bitrate is a whole number from 6000 to 64000
