# An office with two people and two carriers: who may call, where calls go, and the proof that they do.
# tandem check -c examples/office.hcl; tandem test -c examples/office.hcl

domain    = "pbx.example.com"        # SIP realm and TLS name, which the certificate is for
public_ip = "auto"
timezone  = "Europe/London"

listen {
  sip   = [":5060/udp", ":5060/tcp", ":5061/tls"]
  web   = [":443/https"]             # WSS for browsers, built-in phone, admin, ICE over TCP
  media = [":443/udp"]               # all browser media shares one UDP port
  rtp   = "10000-10999"              # plain RTP legs
}
tls {
  mode  = "acme"
  email = "ops@example.com"
}

# ---- people and carriers -------------------------------------------------------
user "201" {
  name     = "Ann"
  password = env("ANN_PW")
}
user "202" {
  name      = "Bob"
  password  = env("BOB_PW")
  voicemail = { pin = env("BOB_PIN"), email = "bob@example.com" }
}

trunk "alpha" {
  host      = "sip.alpha.example"
  register  = { user = "acme1", password = env("ALPHA_PW") }
  numbers   = "e164"                 # this carrier wants +442071234567
  max_calls = 30
}
trunk "beta" {
  host    = "203.0.113.7"
  allow   = ["203.0.113.0/28"]       # known by address, no registration
  numbers = "00"                     # this one wants 00442071234567
}

numbering {
  country   = "GB"                   # 020 7123 4567 and 0044... become +44... before any row is tried
  emergency = ["999", "112"]
}
hours "office" {
  open   = ["mon-fri 09:00-17:30"]
  closed = ["2026-12-25", "2026-12-26"]
}

let {
  carriers = ["trunk:alpha", "trunk:beta"]
  sales    = [ring(["user:201", "user:202"], "25s"), voicemail("202")]
}

# ---- where calls go: the first row that matches wins ---------------------------
# X a digit, N 2-9, . one or more of anything
from "users" {
  calls = {
    "2XX"       = [dial("user:${to}", "20s"), voicemail(to)]
    "300"       = sales
    "emergency" = [dial(carriers)]
    "+882."     = [reject(403)]      # satellite and premium: the toll-fraud favourites
    "+979."     = [reject(403)]
    "+."        = [dial(carriers, "60s", { next_on = [408, 500, 502, 503, 504], caller_id = "+442071234567" })]
  }
}
from "trunks" {
  calls = {
    "+442071234567" = open("office") ? [menu("main")] : [play("closed.wav"), voicemail("202")]
    "+442071234568" = [dial("user:201", "20s"), voicemail("201")]
  }
}

menu "main" {
  play = "welcome.wav"
  wait = "5s"
  keys = {
    "1"    = sales
    "2"    = [dial("user:202", "20s"), voicemail("202")]
    "else" = sales
  }
}

# ---- proof: tandem test --------------------------------------------------------
test "Bob does not answer" {
  call    = { from = "user:201", to = "202" }
  answers = { "user:202" = "no-answer" }
  expect  = ["ring user:202", "voicemail 202"]
}
test "first carrier down" {
  call    = { from = "user:201", to = "020 7946 0000" }
  answers = { "trunk:alpha" = 503 }
  expect  = ["dial trunk:alpha +442079460000", "dial trunk:beta 00442079460000", "answered"]
}
test "Sunday caller hears the closed notice" {
  call   = { from = "trunk:alpha", to = "+442071234567", at = "2026-08-23T11:00" }
  expect = ["play closed.wav", "voicemail 202"]
}
test "weekday caller reaches the menu" {
  call   = { from = "trunk:alpha", to = "+442071234567", at = "2026-08-19T11:00" }
  expect = ["menu main"]
}
test "premium satellite number is refused" {
  call   = { from = "user:202", to = "00 882 16 1234567" }
  expect = ["reject 403"]
}
