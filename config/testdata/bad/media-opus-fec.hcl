domain = "pbx.example.com"
media { opus = { fec = "on" } }

# want: 2:24 opus fec is true or false, not text | Write it without quotes.
