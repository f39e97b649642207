domain = "pbx.example.com"
store { url = "postgres://127.0.0.1" }
cdr {
  template = "asterisk"
  webhook  = { url = "https://crm.example.com/calls" }
}

# want: 2:15 url names no database of PostgreSQL
# want: 4:3 template is of use only with csv
# want: 5:14 webhook lacks its secret
