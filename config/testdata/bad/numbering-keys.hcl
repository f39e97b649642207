domain = "pbx.example.com"
numbering {
  country  = "GB"
  emegency = ["999"]
  contry   = "GB"
  ouside   = "9"
}

# want: 4:3 there is no attribute numbering "emegency" | Did you mean "emergency"?
# want: 5:3 there is no attribute numbering "contry" | Did you mean "country"?
# want: 6:3 there is no attribute numbering "ouside" | Did you mean "outside"?
