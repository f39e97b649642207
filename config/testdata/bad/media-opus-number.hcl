domain = "pbx.example.com"
media { opus = 24000 }

# want: 2:16 opus is a group in { }, not a number | Write it in { }.
