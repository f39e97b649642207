package interop

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestTheSocketDrops: a call outlives its WebSocket, and is ended over the next.
func TestTheSocketDrops(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	web := h.web(t, "1001", peers.WebPeerConfig{})
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	web.Call(uri("1003"))
	web.Event("confirmed", soon)
	talking(t, web, desk)
	at, deskAt := web.Recorded(), desk.Recorded()
	web.Drop()
	web.Event("disconnected", soon)
	peers.Listen(t, "the browser without a socket", web, sound.Low(), at, talk)
	peers.Listen(t, "the phone", desk, sound.High(), deskAt, talk)
	peers.Await(t, 15*time.Second, "the browser has registered anew", func() bool {
		n := 0
		for _, answer := range web.Wire("remote", "REGISTER") {
			if strings.HasPrefix(answer, "SIP/2.0 200") {
				n++
			}
		}
		return n > 1
	})
	web.Hold()
	h.Says(t, "held", 1, soon)
	web.Resume()
	h.Says(t, "resumed", 1, soon)
	desk.Hangup()
	web.Event("ended", soon)
}

// TestThePageIsReloaded: a new page takes the call back that the old one had.
func TestThePageIsReloaded(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	const instance = "8f8a9a80-1d0c-4f6e-9d3b-0c6f2ad9a001"
	old := h.web(t, "1001", peers.WebPeerConfig{Instance: instance})
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	old.Call(uri("1003"))
	old.Event("confirmed", soon)
	talking(t, old, desk)
	kept := old.Dialog()
	old.Close()
	web := h.web(t, "1001", peers.WebPeerConfig{Instance: instance})
	at := desk.Recorded()
	web.TakeBack(uri("1003"), kept)
	web.Event("confirmed", soon)
	peers.Listen(t, "the new page", web, sound.Low(), 0, talk)
	peers.Listen(t, "the phone", desk, sound.High(), at, talk)
	web.Hangup()
	desk.Event("CALL_CLOSED", soon)
}
