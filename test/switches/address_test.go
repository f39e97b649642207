package switches

import (
	"testing"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestTrunkByAddress: a carrier that knows us, and is known, by address.
func TestTrunkByAddress(t *testing.T) {
	k := peers.StartKamailio(t, peers.KamailioConfig{Open: true})
	g := peers.StartGateway(t, users()+trunkTo("switch", k.Addr)+rows)
	inner := desk(t, g, "1001", peers.BaresipConfig{})
	outer := outside(t, k, "301", peers.BaresipConfig{Melody: sound.High()})
	t.Run("calls out", func(t *testing.T) {
		inner.Dial("sip:301@" + g.SIP)
		outer.Event("CALL_ESTABLISHED", soon)
		peers.Conversation(t, inner, outer, talk)
		outer.Hangup()
		inner.Event("CALL_CLOSED", soon)
	})
	t.Run("a number that the carrier has not", func(t *testing.T) {
		inner.Forget()
		inner.Dial("sip:399@" + g.SIP)
		inner.Closed(404, soon)
	})
}

// TestProxyBetween: two gateways with a proxy on the way, which stays in the
// dialog by Record-Route.
func TestProxyBetween(t *testing.T) {
	far := peers.StartGateway(t, users()+trunkTo("switch", peers.SwitchIP+":9")+rows)
	k := peers.StartKamailio(t, peers.KamailioConfig{Proxy: far.SIP})
	near := peers.StartGateway(t, users()+trunkTo("switch", k.Addr)+`
from "users" {
  calls = { "1XXX" = [dial("trunk:switch", "20s")] }
}
`)
	caller := desk(t, near, "1001", peers.BaresipConfig{})
	called := desk(t, far, "1002", peers.BaresipConfig{Melody: sound.High()})
	caller.Dial("sip:1002@" + near.SIP)
	called.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(t, caller, called, talk)
	caller.Hold()
	peers.Pause(sound.Note)
	caller.Resume()
	called.Hangup()
	caller.Event("CALL_CLOSED", soon)
	k.Took("BYE", 1, soon)
	k.Took("ACK", 1, soon)
}
