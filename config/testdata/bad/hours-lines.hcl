domain = "pbx.example.com"
timezone = "Europe/Londn"
hours "office" {
  open   = ["mon-fry 09:00-17:30", "mon 9-17", 900]
  closed = ["2026-02-30"]
}
hours "night" {
  closes = ["2026-12-25"]
  open   = "22:00-06:00"
}
hours "empty" {
}

# want: 2:12 there is no time zone "Europe/Londn" | Did you mean "Europe/London"?
# want: 4:18 "fry" is no day of the week | Did you mean "fri"?
# want: 4:41 "9" is no time of day | Write times of 24 hours
# want: 4:48 a line of open is text in quotes, not a number
# want: 5:14 "2026-02-30" is no date
# want: 8:3 hours have no "closes" | Did you mean "closed"?
# want: 11:1 hours "empty" never open | Write open =
