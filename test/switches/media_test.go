package switches

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// A carrier whose border is Kamailio with rtpengine: sound and digits go through
// it both ways, and a hold does not break them.
func TestCarrierWhoseMediaIsProxied(t *testing.T) {
	carrier := peers.StartKamailio(t, peers.KamailioConfig{Open: true, Media: true})
	far := outside(t, carrier, "301", peers.BaresipConfig{Melody: sound.High()})
	gw := peers.StartGateway(t, users()+trunkTo("switch", carrier.Addr)+rows)
	web := peers.StartChromium(t, gw.SPKI).Phone(t, gw.Page(), peers.WebPeerConfig{
		WS: gw.WS(), User: "1001", Password: "pw1001", Domain: "127.0.0.1", Melody: sound.Low(),
	})
	web.Call("sip:301@127.0.0.1")
	web.Event("confirmed", soon)
	peers.Listen(t, "the browser", web, sound.High(), 0, talk)
	peers.Listen(t, "the far phone", far, sound.Low(), 0, talk)
	web.Press("159#", "RFC2833")
	peers.Await(t, soon, "four digits at the far phone", func() bool { return len(far.Digits()) >= 4 })
	if got := far.Digits(); got != "159#" {
		t.Errorf("the far phone got the digits %q", got)
	}
	web.Hold()
	gw.Says(t, "held", 1, soon)
	peers.Await(t, soon, "the call goes on", func() bool {
		web.Resume() // does nothing until JsSIP may offer again
		peers.Pause(200 * time.Millisecond)
		return gw.Said("resumed") > 0
	})
	peers.Listen(t, "the browser", web, sound.High(), web.Recorded(), talk)
	web.Hangup()
	far.Event("CALL_CLOSED", soon)
}
