package switches

import (
	"fmt"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// registered is a trunk that registers at a switch.
func registered(host, user string) string {
	return fmt.Sprintf("trunk \"switch\" {\n  host     = %q\n  register = { user = %q, password = \"pw%s\" }\n  options  = \"5s\"\n}\n", host, user, user)
}

// TestTrunkByRegistration: a carrier that wants REGISTER, challenges every call,
// and delivers its numbers to the registered Contact.
func TestTrunkByRegistration(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			k := peers.StartKamailio(t, peers.KamailioConfig{Deliver: "acme1"})
			g := peers.StartGateway(t, users()+registered(k.Addr+";transport="+transport, "acme1")+rows)
			k.Took("REGISTER <null> from acme1", 2, soon) // the first is challenged
			g.Says(t, "registered", 1, soon)
			inner := desk(t, g, "1001", peers.BaresipConfig{})
			outer := outside(t, k, "301", peers.BaresipConfig{Melody: sound.High()})
			t.Run("calls out", func(t *testing.T) {
				inner.Dial("sip:301@" + g.SIP)
				outer.Event("CALL_ESTABLISHED", soon)
				peers.Conversation(t, inner, outer, talk)
				inner.Hangup()
				outer.Event("CALL_CLOSED", soon)
			})
			t.Run("is called at its number", func(t *testing.T) {
				inner.Forget()
				outer.Forget()
				outer.Dial("sip:5551001@" + k.Addr)
				inner.Event("CALL_ESTABLISHED", soon)
				peers.Conversation(t, inner, outer, talk)
				outer.Hangup()
				inner.Event("CALL_CLOSED", soon)
			})
			if transport == "udp" {
				return // TestPBXBehind looks how that goes over UDP
			}
			t.Run("the carrier starts anew", func(t *testing.T) {
				k.Stop()
				g.Says(t, "trunk is down", 1, time.Minute)
				inner.Forget()
				inner.Dial("sip:301@" + g.SIP)
				inner.Closed(503, soon)
				at := time.Now()
				k.Start()
				g.Says(t, "trunk is back", 1, time.Minute)
				k.Took("REGISTER <null> from acme1", 4, soon) // two more, of which the first is challenged
				t.Logf("back %v after it started", time.Since(at))
				inner.Forget()
				outer = outside(t, k, "302", peers.BaresipConfig{Melody: sound.High()})
				outer.Dial("sip:5551001@" + k.Addr)
				inner.Event("CALL_ESTABLISHED", soon)
				outer.Hangup()
				inner.Event("CALL_CLOSED", soon)
			})
		})
	}
}
