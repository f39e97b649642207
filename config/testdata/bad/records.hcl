domain = "pbx.example.com"
store {
  url  = "mysql://tandem:geheim@127.0.0.1/tandem"
  keep = "1d"
}
cdr {
  template = "asterix"
  jsonl    = "cdr.jsonl"
  keep     = "1h"
  webhook  = { url = "http://crm.example.com/calls" }
}

# want: 3:10 url names a database "mysql", which there is no way to
# want: 4:3 store has no attribute "keep"
# want: 7:14 template cannot be "asterix" | Did you mean "asterisk"?
# want: 8:3 cdr has no attribute "jsonl" | Did you mean "json"?
# want: 9:14 keep is from 1d to 3650d
# want: 10:14 webhook lacks its secret
# want: 10:22 webhook url "http://crm.example.com/calls" would let everybody on the way read who called whom
