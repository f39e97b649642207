package lossy

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// TestVideoGoesOnWhereOnePacketInTwentyIsLost: what is lost is repeated, on each leg
// by itself, so that a picture moves on without a whole one each time.
func TestVideoGoesOnWhereOnePacketInTwentyIsLost(t *testing.T) {
	gw := peers.StartGateway(t, users)
	chrome := peers.StartChromium(t, gw.SPKI)
	lose(t, gw.SIP)
	phone := func(user string) *peers.WebPeer {
		return chrome.Phone(t, gw.Page(), peers.WebPeerConfig{WS: gw.WS(), User: user, Password: "pw-" + user, Domain: "127.0.0.1"})
	}
	ann, bob := phone("1001"), phone("1003")
	ann.Seen("sip:1003@127.0.0.1", peers.Show{Width: 640, Height: 360})
	bob.Event("incoming", 20*time.Second)
	bob.Show(peers.Show{})
	ann.Event("confirmed", 20*time.Second)
	for _, p := range []*peers.WebPeer{ann, bob} {
		first := p.Watch(0, 20, 20*time.Second)
		last := p.Watch(0, 60, 20*time.Second)
		t.Logf("after %+v comes %+v", first, last)
		if last.NACKs == 0 || last.Keys-first.Keys > 6 {
			t.Errorf("%d repetitions were asked for, and %d whole pictures were needed", last.NACKs, last.Keys-first.Keys)
		}
	}
}
