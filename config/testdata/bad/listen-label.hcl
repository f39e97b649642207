domain = "pbx.example.com"
listen "a" {
}

# want: 2:8 listen has no name
