package switches

import (
	"fmt"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestPBXBehind: browsers are extensions of a PBX that was there before.
func TestPBXBehind(t *testing.T) {
	k := peers.StartKamailio(t, peers.KamailioConfig{})
	t.Run("the gateway holds the PBX's passwords", func(t *testing.T) {
		g := peers.StartGateway(t, fmt.Sprintf(`
user "1001" {
  password = "pw1001"
  pbx      = { trunk = "pbx", user = "201", password = "pw201" }
}
trunk "pbx" {
  host     = %q
  accounts = { mode = "held" }
  options  = "5s"
}
from "users" {
  calls = { "3XX" = [dial("trunk:pbx", "20s")] }
}
from "trunk:pbx" {
  calls = { "1001" = [dial("user:1001", "20s")] }
}
`, k.Addr))
		chrome := peers.StartChromium(t, g.SPKI)
		web := chrome.Phone(t, g.Page(), peers.WebPeerConfig{WS: g.WS(), User: "1001", Password: "pw1001", Domain: "127.0.0.1"})
		outer := outside(t, k, "301", peers.BaresipConfig{})
		callBothWays(t, k, web, outer, "sip:301@127.0.0.1")
		k.Stop()
		g.Says(t, "trunk is down", 1, time.Minute)
		k.Start()
		g.Says(t, "trunk is back", 1, time.Minute)
		k.Took("REGISTER <null> from 201", 4, soon)
		web.Forget()
		outer = outside(t, k, "302", peers.BaresipConfig{})
		outer.Dial("sip:201@" + k.Addr)
		web.Event("incoming", soon)
		web.Decline(486)
		outer.Closed(486, soon)
	})
	t.Run("the PBX's challenge is relayed", func(t *testing.T) {
		g := peers.StartGateway(t, fmt.Sprintf(`
user "201" {
  name = "Carol"
}
trunk "pbx" {
  host     = %q
  accounts = { mode = "relayed", domain = "switch.test" }
  options  = "5s"
}
from "users" {
  calls = { "3XX" = [dial("trunk:pbx", "20s")] }
}
from "trunk:pbx" {
  calls = { "201" = [dial("user:201", "20s")] }
}
`, k.Addr))
		chrome := peers.StartChromium(t, g.SPKI)
		web := chrome.Phone(t, g.Page(), peers.WebPeerConfig{WS: g.WS(), User: "201", Password: "pw201", Domain: "switch.test"})
		outer := outside(t, k, "302", peers.BaresipConfig{})
		callBothWays(t, k, web, outer, "sip:302@switch.test")
		wrong := chrome.Phone(t, g.Page(), peers.WebPeerConfig{WS: g.WS(), User: "201", Password: "wrong", Domain: "switch.test", Refused: true})
		if e := wrong.Event("registrationFailed", soon); e.Status != 401 && e.Status != 403 {
			t.Errorf("a wrong password got %d", e.Status)
		}
	})
}

// callBothWays has a browser, which is extension 201 of the PBX, call another extension and
// be called by it, and hears whether they hear each other.
func callBothWays(t *testing.T, k *peers.Kamailio, web *peers.WebPeer, outer *peers.Baresip, uri string) {
	t.Helper()
	web.Call(uri)
	outer.Event("CALL_ESTABLISHED", soon)
	peers.Listen(t, "the browser", web, sound.Low(), 0, talk)
	peers.Listen(t, "the extension", outer, sound.High(), 0, talk)
	web.Hangup()
	outer.Event("CALL_CLOSED", soon)
	web.Forget()
	outer.Forget()
	outer.Dial("sip:201@" + k.Addr)
	web.Event("incoming", soon)
	web.Answer()
	outer.Event("CALL_ESTABLISHED", soon)
	peers.Listen(t, "the browser", web, sound.Low(), 0, talk)
	outer.Hangup()
	web.Event("ended", soon)
}
