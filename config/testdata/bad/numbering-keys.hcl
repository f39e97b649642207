domain = "pbx.example.com"
numbering {
  country  = "GB"
  emegency = ["999"]
  contry   = "GB"
  ouside   = "9"
}

# want: 4:3 numbering has no attribute "emegency" | Did you mean "emergency"?
# want: 5:3 numbering has no attribute "contry" | Did you mean "country"?
# want: 6:3 numbering has no attribute "ouside" | Did you mean "outside"?
