domain = "pbx.example.com"
include_test_numbers = "true"

# want: 2:24 include_test_numbers is true or false, not text | without quotes
