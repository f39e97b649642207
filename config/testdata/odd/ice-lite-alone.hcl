domain = "pbx.example.com"
media { ice = "lite" }

# want: 2:9 ice = "lite" is for a machine that every browser reaches, and there is no public_ip
