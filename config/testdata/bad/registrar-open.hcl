domain = "pbx.example.com"
registrar { open = yes }

# want: 2:20 there is no value named "yes"
