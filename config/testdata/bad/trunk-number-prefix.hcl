domain = "pbx.example.com"
numbering {
  country = "GB"
}
trunk "alpha" {
  host          = "203.0.113.7"
  number_prefix = "tech"
  strip_prefix  = ""
  strip_prefx   = "1"
}

# want: 7:19 number_prefix is 1 to 16 of the digits
# want: 8:19 strip_prefix is 1 to 16
# want: 9:3 trunk has no attribute "strip_prefx" | Did you mean "strip_prefix"?
