package interop

import (
	"fmt"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// seesSoon is how soon after an answer the new parties of a transfer see each other.
const seesSoon = 3 * time.Second

// TestPicturesGoOnAfterATransfer sends a party of a video call on, between browsers. Each
// has a picture of a shape of its own, so that it shows who is seen.
func TestPicturesGoOnAfterATransfer(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	var all [3]*peers.WebPeer
	shapes := [3]peers.Show{{Width: 640, Height: 360}, {Width: 320, Height: 240}, {Width: 300, Height: 300}}
	for i := range all {
		all[i] = h.web(t, fmt.Sprint(1001+i), peers.WebPeerConfig{})
	}
	ann, bob, eve := all[0], all[1], all[2]
	sees := func(who *peers.WebPeer, shape peers.Show, within time.Duration) {
		t.Helper()
		began := time.Now()
		var last []peers.Picture
		peers.Await(t, within, fmt.Sprintf("a picture of %dx%d", shape.Width, shape.Height), func() bool {
			last = who.Pictures()
			return len(last) > 0 && last[len(last)-1].Width > 0 && last[len(last)-1].Width*shape.Height == last[len(last)-1].Height*shape.Width
		})
		t.Logf("after %v it is seen: %+v", time.Since(began), last[len(last)-1])
		who.Watch(0, 8, within) // and it moves
	}
	begin := func() {
		for _, p := range all {
			p.Forget()
		}
		ann.Seen(uri("1002"), shapes[0])
		bob.Event("incoming", soon)
		bob.Show(shapes[1])
		ann.Event("confirmed", soon)
		sees(ann, shapes[1], soon)
		sees(bob, shapes[0], soon)
	}
	end := func() {
		eve.Hangup()
		ann.Event("ended", soon)
	}
	for name, by := range map[string]*peers.WebPeer{"who called": ann, "who was called": bob} {
		t.Run("blind, by "+name, func(t *testing.T) {
			begin()
			stays, shape := bob, shapes[1]
			if by == bob {
				stays, shape = ann, shapes[0]
			}
			by.Refer(uri("1003"))
			eve.Event("incoming", soon)
			eve.Show(shapes[2])
			eve.Event("confirmed", soon)
			sees(stays, shapes[2], seesSoon)
			sees(eve, shape, seesSoon)
			eve.Hangup()
			stays.Event("ended", soon)
		})
	}
	t.Run("attended", func(t *testing.T) {
		begin()
		bob.Hold()
		bob.Seen(uri("1003"), shapes[1])
		eve.Event("incoming", soon)
		eve.Show(shapes[2])
		eve.Event("confirmed", soon)
		sees(eve, shapes[1], soon)
		bob.ReferToOther(uri("1003"))
		bob.Event("refer-accepted", soon)
		sees(ann, shapes[2], seesSoon)
		sees(eve, shapes[0], seesSoon)
		end()
	})
}
