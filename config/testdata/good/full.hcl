# Everything that this version knows.
domain    = "PBX.example.com."
public_ip = ["203.0.113.5", "2001:db8::5"]
state     = "state"
include_test_numbers = true

listen {
  sip   = [":5060/udp", "192.0.2.1:5070/tcp", "[2001:db8::1]:5061/tls"]
  web   = ["127.0.0.1:8080/http", ":8443/https"]
  media = [":8443/udp"]
  turn  = [":3478/udp", "192.0.2.1:5349/tls"]
  rtp   = "192.0.2.1:10000-10999"
}
tls {
  mode = "files"
  cert = "cert.pem"
  key  = "key.pem"
}
registrar {
  open    = true
  min     = "2m"
  max     = "2h"
  devices = 5
}
media {
  prefer = "passthrough"
  ice    = "lite"
  video  = false
  opus   = { bitrate = 24000, fec = false, dtx = true }
}
calls {
  detach = "45s"
  timer  = "off"
}
messages {
  store = true
  keep  = "3d"
  max   = 2048
}
trace {
  keep   = "all"
  for    = "3d"
  disk   = 2048
  memory = 512
}
limits {
  strangers  = "silent"
  guesses    = 5
  ban        = "1h"
  per_source = 50
  per_user   = 4
}

user "201" {
  name      = "Ann"
  password  = env("ANN_PW")
  video     = false
  secure    = "require"
  max_calls = 4
  pbx       = { trunk = "delta", user = "8201", password = env("ANN_PW") }
}
user "202" {
  ha1 = {
    md5    = "0123456789ABCDEF0123456789abcdef"
    sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  }
}
user "203" { password = file("secret.txt") }
user "alice" {
}

trunk "alpha" {
  host      = "sip.alpha.example:5080;transport=tcp"
  allow     = ["203.0.113.0/28", "2001:db8:1::1"]
  codecs    = ["pcma", "pcmu"]
  video     = true
  ptime     = 20
  max_ptime = 40
  dtmf      = "auto"
  max_calls = 30
}
trunk "beta" { host = "[2001:db8::2]:5062" }
trunk "gamma" {
  host           = "sip.gamma.example;transport=tls"
  proxy          = "sips:edge.gamma.example:5071;lr"
  register       = { user = "acme1", password = env("ANN_PW"), auth_user = "acme1-auth", realm = "gamma", contact = "acme", expires = "10m" }
  certificate    = { cert = "cert.pem", key = "key.pem" }
  ca             = "cert.pem"
  numbers        = "asis"
  secure         = "prefer"
  max_per_second = 2.5
  caller_id      = ["from", "pai"]
  privacy        = "header"
  diversion      = "history-info"
  trust          = "identity"
  options        = "off"
  prack          = "required"
  messages       = true
  follow         = true
}
trunk "delta" {
  host     = "192.0.2.200"
  accounts = { mode = "held", domain = "pbx2.example.com" }
}
trunk "epsilon" {
  host      = "198.51.100.1"
  accounts  = { mode = "relayed" }
  caller_id = "rpid"
  options   = "1m"
}

store { url = "postgres://tandem@db.example.com/tandem" }
cdr {
  keep     = "90d"
  json     = "cdr.jsonl"
  csv      = "cdr.csv"
  template = "asterisk"
  webhook  = { url = "https://crm.example.com/calls", secret = env("ANN_PW") }
}

let {
  carriers = ["trunk:alpha", "trunk:beta"]
  sales    = [ring(["user:201", "user:202"], "25s"), play("closed.wav"), reject(480)]
}
from "users" {
  calls = {
    "2XX"   = [dial("user:${to}", "20s")]
    "300"   = sales
    "9."    = [dial("trunk:alpha/${trimprefix(to, "9")}", "60s", { next_on = [503], caller_id = "+442071234567" })]
    "+882." = [reject(403, "Not from here")]
    "+."    = [dial(carriers, "60s")]
    "alice" = caller == "202" ? [dial("user:alice")] : [reject(403)]
  }
}
from "trunks" {
  calls = { "+442071234567" = [answer(), play("welcome.wav"), wait("1s"), dial("user:201")] }
}
test "colleague" {
  call    = { from = "user:201", to = "202", at = "2026-08-19T11:00" }
  answers = { "user:202" = "no-answer" }
  expect  = ["ring user:202", "no answer"]
}
test "outside line" {
  call   = { from = "user:202", to = "90301234" }
  expect = ["dial trunk:alpha 0301234", "answered"]
}
