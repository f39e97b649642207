domain = "pbx.example.com"
numbering "GB" {
  country = "GB"
}

# want: 2:11 numbering has no name
