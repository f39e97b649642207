//go:build asterisk

package asterisk

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

// TestTheLampOfAsterisksMailbox: somebody leaves a message in the box of an extension,
// and the gateway takes what Asterisk says of it, unasked. That a telephone's lamp
// follows is tested in test/e2e: this baresip's mwi often sends no SUBSCRIBE at all.
func TestTheLampOfAsterisksMailbox(t *testing.T) {
	a := peers.StartAsterisk(t)
	a.Configure(extension("8201", strings.ReplaceAll(account, "NUMBER", "8201")), dialplan+`
exten => 680,1,Answer()
 same => n,VoiceMail(8201@default,s)
exten => 681,1,Answer()
 same => n,VoiceMailMain(8201@default,s)
exten => 682,1,Answer()
 same => n,Playback(HERE/melody)
`, nil)
	h := &house{t: t, a: a, Gateway: peers.StartGateway(t, fmt.Sprintf(`
user "201" {
  name     = "Ann"
  password = "pw201"
  pbx      = { trunk = "asterisk", user = "8201", password = "pw8201" }
}
trunk "asterisk" {
  host     = %q
  accounts = { mode = "held" }
}
from "users" { calls = { "." = [dial("trunk:asterisk", "20s")] } }
`, a.Addr))}
	h.Says(t, "registered", 1, soon)
	a.Do("channel originate Local/682@internal extension 680@internal")
	a.Says("Messages-Waiting: yes", 1, soon*2)
	peers.Await(t, soon, "both NOTIFYs are answered", func() bool { return strings.Count(a.Log(), " NOTIFY\r\n") >= 4 })
	if n := strings.Count(a.Log(), "SIP/2.0 481"); n > 0 {
		t.Errorf("%d of Asterisk's NOTIFYs were refused", n)
	}
}
