domain = "pbx.example.com"
registrar {
  min     = "100ms"
  max     = "forever"
  devices = 0
}

# want: 3:13 min is from 1s to 1d
# want: 4:13 max "forever" is no length of time
# want: 5:13 devices is a whole number from 1 to 1000
