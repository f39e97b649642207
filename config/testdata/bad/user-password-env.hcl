domain = "pbx.example.com"
user "201" { password = env("TANDEM_TEST_UNSET") }

# want: 2:30 the environment variable TANDEM_TEST_UNSET is not set
