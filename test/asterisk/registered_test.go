//go:build asterisk

package asterisk

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// account is an account at Asterisk that somebody registers for, as FreePBX writes an
// extension, with a mailbox.
const account = "mailboxes=NUMBER@default\nmwi_subscribe_replaces_unsolicited=yes\naggregate_mwi=yes"

// TestTrunkByRegistration: the gateway registers, and is known by what it says.
func TestTrunkByRegistration(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			a := peers.StartAsterisk(t)
			h := &house{t: t, a: a}
			a.Configure(extension("acme1", "")+extension("8300", ""), dialplan+"exten => _555X.,1,Dial(PJSIP/acme1/sip:${EXTEN}@0.0.0.0)\nexten => 5,1,Dial(PJSIP/acme1)\n", nil)
			h.Gateway = peers.StartGateway(t, users+fmt.Sprintf(`
trunk "asterisk" {
  host      = "%s;transport=%s"
  register  = { user = "acme1", password = "pwacme1" }
  caller_id = ["pai"]
  options   = "5s"
}
`, a.Addr, transport)+`
from "users" { calls = { "." = [dial("trunk:asterisk", "20s")] } }
from "trunks" { calls = { "acme1" = [dial("user:201", "20s")] } }
`)
			h.Says(t, "registered", 1, soon)
			ann := h.desk("201", peers.BaresipConfig{})
			desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
			h.callsBothWays(ann, desk, "5")
			a.Stop()
			h.Says(t, "trunk is down", 1, time.Minute)
			a.Start()
			h.Says(t, "trunk is back", 1, time.Minute)
			peers.Await(t, soon, "it is registered anew", func() bool { return strings.Contains(a.Do("pjsip show aor acme1"), "Contact:  acme1/sip:") })
			desk = h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
			h.callsBothWays(ann, desk, "5")
		})
	}
}

// TestWrongPassword: what is said where a password is wrong, and that Asterisk is not
// asked over and over.
func TestWrongPassword(t *testing.T) {
	a := peers.StartAsterisk(t)
	a.Configure(extension("acme1", ""), dialplan, nil)
	h := &house{t: t, a: a, Gateway: peers.StartGateway(t, users+fmt.Sprintf(`
trunk "asterisk" {
  host     = %q
  register = { user = "acme1", password = "wrong" }
}
`, a.Addr)+rows)}
	h.Says(t, "not registered", 1, soon)
	if out := h.tandem("trunks", "asterisk"); !strings.Contains(out, "does not take the password") {
		t.Errorf("tandem trunks asterisk says\n%s", out)
	}
	if n := strings.Count(a.Log(), "\nREGISTER "); n > 2 {
		t.Errorf("%d REGISTERs were sent", n)
	}
	ann := h.desk("201", peers.BaresipConfig{})
	ann.Dial(h.at("600"))
	ann.Event("CALL_CLOSED", soon)
}

// TestExtensions: users of ours are extensions of Asterisk, by passwords that the
// gateway holds, and by those that it does not know.
func TestExtensions(t *testing.T) {
	a := peers.StartAsterisk(t)
	box := strings.ReplaceAll(account, "NUMBER", "8201")
	a.Configure(extension("8201", box)+extension("8202", "")+extension("8300", ""), dialplan, nil)
	h := &house{t: t, a: a, Gateway: peers.StartGateway(t, fmt.Sprintf(`
user "201" {
  name     = "Ann"
  password = "pw201"
  pbx      = { trunk = "asterisk", user = "8201", password = "pw8201" }
}
trunk "asterisk" {
  host     = %q
  accounts = { mode = "held" }
  options  = "5s"
}
from "users" { calls = { "." = [dial("trunk:asterisk", "20s")] } }
from "trunks" { calls = { "201" = [dial("user:201", "20s")] } }
`, a.Addr))}
	h.Says(t, "registered", 1, soon)
	ann := h.desk("201", peers.BaresipConfig{})
	desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
	h.callsBothWays(ann, desk, "8201")
	if log := a.Log(); !strings.Contains(log, `From: "Ann" <sip:8201@`) {
		t.Error("Ann does not call as 8201")
	}
	t.Run("Asterisk goes away in mid-call", func(t *testing.T) {
		h := h.in(t)
		ann.Forget()
		ann.Dial(h.at("600"))
		ann.Event("CALL_ESTABLISHED", soon)
		peers.Listen(t, "the caller of an echo", ann, sound.Low(), 0, talk)
		a.Stop()
		h.Says(t, "trunk is down", 1, time.Minute)
		a.Start()
		h.Says(t, "trunk is back", 1, time.Minute)
		ann.Hangup()
		peers.Await(t, 45*time.Second, "the gateway has no call", func() bool { return !strings.Contains(h.tandem("calls", "--json"), `"call"`) })
		desk = h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
		peers.Await(t, soon, "it is registered anew", func() bool { return strings.Contains(a.Do("pjsip show aor 8201"), "Contact:  8201/sip:") })
		h.callsBothWays(ann, desk, "8201")
	})
}

// TestExtensionsThatProveThemselves: the gateway passes Asterisk's challenge on.
func TestExtensionsThatProveThemselves(t *testing.T) {
	a := peers.StartAsterisk(t)
	a.Configure(extension("8203", "")+extension("8300", ""), dialplan, nil)
	h := &house{t: t, a: a, Gateway: peers.StartGateway(t, fmt.Sprintf(`
user "8203" {
  name = "Carol"
}
trunk "asterisk" {
  host     = %q
  accounts = { mode = "relayed", domain = "asterisk.test" }
  options  = "5s"
}
from "user:8203" { calls = { "." = [dial("trunk:asterisk", "20s")] } }
from "trunks" { calls = { "8203" = [dial("user:8203", "20s")] } }
`, a.Addr))}
	carol := peers.StartBaresip(t, peers.BaresipConfig{
		Account: fmt.Sprintf("<sip:8203@asterisk.test;transport=tcp>;auth_pass=pw8203;outbound=\"sip:%s;transport=tcp\";regint=300", h.SIP),
	})
	h.Says(t, "registered", 1, soon)
	desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
	carol.Dial("sip:8300@asterisk.test")
	desk.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(t, carol, desk, talk)
	carol.Hangup()
	desk.Event("CALL_CLOSED", soon)
	carol.Forget()
	desk.Forget()
	desk.Dial(h.there("8203"))
	carol.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(t, carol, desk, talk)
	desk.Hangup()
	carol.Event("CALL_CLOSED", soon)
}

// TestAsteriskRegistersHere: Asterisk has an account with the gateway, as a customer of
// a carrier has, and refreshes it, also after the gateway was away.
func TestAsteriskRegistersHere(t *testing.T) {
	a := peers.StartAsterisk(t)
	h := &house{t: t, a: a, Gateway: peers.StartGateway(t, users+`
user "pbx" { password = "pwpbx" }
from "users" { calls = {
  "2XX" = [dial("user:${to}", "20s")]
  "8XXX" = [dial("user:pbx", "20s")]
} }
`)}
	a.Configure(strings.ReplaceAll(extension("8300", "")+`
[gateway]
type=registration
transport=transport-udp
outbound_auth=gateway
server_uri=sip:GATEWAY
client_uri=sip:pbx@GATEWAY
contact_user=8300
retry_interval=5
expiration=120
line=yes
endpoint=gateway
[gateway]
type=auth
auth_type=userpass
username=pbx
password=pwpbx
[gateway]
type=endpoint
context=internal
disallow=all
allow=ulaw,alaw
outbound_auth=gateway
from_user=pbx
from_domain=127.0.0.1
aors=gateway
direct_media=no
[gateway]
type=aor
contact=sip:GATEWAY
`, "GATEWAY", h.SIP), "[internal]\nexten => _2XX,1,Dial(PJSIP/${EXTEN}@gateway,30)\nexten => 8300,1,Dial(PJSIP/8300,30)\n", nil)
	peers.Await(t, soon, "Asterisk is registered", func() bool { return strings.Contains(a.Do("pjsip show registrations"), "Registered") })
	ann := h.desk("201", peers.BaresipConfig{})
	desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
	h.callsBothWays(ann, desk, "201")
}
