package interop

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// backWithin is how soon after a resume the other is heard again. It is about the
// tests' machine, not about the gateway, for which it is the next packet.
const backWithin = 1500 * time.Millisecond

// playedOut is how long what was under way is still heard after a hold: browsers keep more of
// it on a machine that is busy.
const playedOut = 700 * time.Millisecond

func TestHoldAndResume(t *testing.T) {
	for _, c := range []struct {
		name, more string
		callers    []string
	}{
		{"opus", "", []string{"browser calls", "phone calls"}},
		{"passed through", "media { prefer = \"passthrough\" }\n", []string{"phone calls"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, c.more)
			web, desk := h.web(t, "1001", peers.WebPeerConfig{}), h.desk(t, "1003", peers.BaresipConfig{})
			for _, caller := range c.callers {
				t.Run(caller, func(t *testing.T) {
					web.Forget()
					desk.Forget()
					if caller == "browser calls" {
						web.Call(uri("1003"))
					} else {
						desk.Dial(h.at("1001"))
						web.Event("incoming", 20*time.Second)
						web.Answer()
					}
					web.Event("confirmed", 20*time.Second)
					talking(t, web, desk)
					holds(t, h, web, desk, "browser", web.Hold, web.Resume)
					holds(t, h, web, desk, "phone", desk.Hold, desk.Resume)
					web.Hangup()
					desk.Event("CALL_CLOSED", 20*time.Second)
				})
			}
		})
	}
}

// holds lets one side hold and resume. Meanwhile neither hears the other; after
// it both do, on the streams that they had before.
func holds(t *testing.T, h *house, web *peers.WebPeer, desk *peers.Baresip, who string, hold, resume func()) {
	t.Helper()
	stream := web.Inbound().SSRC
	if stream == 0 {
		t.Fatal("the browser knows no inbound stream")
	}
	held, resumed := h.Said("held"), h.Said("resumed")
	hold()
	h.Says(t, "held", held+1, 20*time.Second)
	peers.Pause(playedOut)
	peers.Silence(t, time.Second,
		peers.Expected{Who: "the browser, held by the " + who, Ear: web, Melody: sound.Low()},
		peers.Expected{Who: "the phone, held by the " + who, Ear: desk, Melody: sound.High()})

	webAt, deskAt := web.Recorded(), desk.Recorded()
	resume()
	h.Says(t, "resumed", resumed+1, 20*time.Second)
	backs := []sound.Heard{peers.Listen(t, "the browser, taken back by the "+who, web, sound.Low(), webAt, talk)}
	if who == "browser" { // this baresip never plays again after its own hold, whoever is at the other end
		backs = append(backs, peers.Listen(t, "the phone, taken back by the "+who, desk, sound.High(), deskAt, talk))
	}
	for _, back := range backs {
		if back.First > backWithin {
			t.Errorf("after the %s took the call back, sound came after %v only", who, back.First)
		}
	}
	if now := web.Inbound().SSRC; now != stream {
		t.Errorf("hold by the %s changed the browser's inbound SSRC from %d to %d", who, stream, now)
	}
}
