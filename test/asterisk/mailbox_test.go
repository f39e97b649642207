//go:build asterisk

package asterisk

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

// TestTheLampOfAsterisksMailbox: somebody leaves a message in the box of an extension,
// and the lamp of the user whose it is is lit at the gateway's own telephone; when
// it has been listened to, it goes out.
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
	ann := h.desk("201", peers.BaresipConfig{Modules: []string{"mwi"}, More: ";mwi=yes"})
	a.Do("channel originate Local/682@internal extension 680@internal")
	a.Says("Messages-Waiting: yes", 1, soon*2)
	peers.Await(t, soon, "the lamp is lit\n"+ann.Log(), func() bool { return strings.Contains(ann.Everything(), "Voice-Message: 1/0") })
	if n := strings.Count(a.Log(), "SIP/2.0 481"); n > 0 {
		t.Errorf("%d of Asterisk's NOTIFYs were refused", n)
	}
}
