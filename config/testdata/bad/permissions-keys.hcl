domain = "pbx.example.com"
numbering {
  country = "GB"
}
user "201" { password = "a" }
permissions "default" {
  alow         = ["national"]
  minutes_a_dy = 5
}

# want: 7:3 permissions has no attribute "alow" | Did you mean "allow"?
# want: 8:3 permissions has no attribute "minutes_a_dy" | Did you mean "minutes_a_day"?
