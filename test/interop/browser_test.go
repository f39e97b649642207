package interop

import (
	"fmt"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

func webPhone(t *testing.T, c *peers.Chromium, g *peers.Gateway, w peers.WebPeerConfig) *peers.WebPeer {
	t.Helper()
	page := g.Page()
	if w.WS == "" {
		w.WS = g.WS()
	} else {
		page = g.SecurePage()
	}
	w.Password, w.Domain = "pw-"+w.User, "127.0.0.1"
	return c.Phone(t, page, w)
}

func TestBrowserAndPhoneTalk(t *testing.T) {
	for _, c := range []struct {
		name, prefer, codec string
		secure              bool
	}{
		{"opus over ws", "quality", "opus", false},
		{"opus over wss", "quality", "opus", true},
		{"pcmu passed through", "passthrough", "pcmu", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := peers.StartGateway(t, users+fmt.Sprintf("media { prefer = %q }\n", c.prefer))
			desk := phone(t, g, "1003", sound.Low(), "")
			w := peers.WebPeerConfig{User: "1001", Melody: sound.High()}
			if c.secure {
				w.WS = g.WSS()
			}
			web := webPhone(t, peers.StartChromium(t, g.SPKI), g, w)

			t.Run("browser calls", func(t *testing.T) {
				web.Do(`peer.call("sip:1003@127.0.0.1")`)
				web.Event("confirmed", 10*time.Second)
				peers.Pause(3 * time.Second)
				hears(t, "the browser", sound.Low(), 2*time.Second, web.Heard)
				hears(t, "the phone", sound.High(), 2*time.Second, desk.Heard)
				web.Do("peer.hangup()")
				desk.Event("CALL_CLOSED", 5*time.Second)
			})
			t.Run("phone calls", func(t *testing.T) {
				web.Do("peer.reset()")
				desk.Forget()
				desk.Dial("sip:1001@" + g.SIP)
				web.Event("incoming", 10*time.Second)
				web.Do("peer.answer()")
				desk.Event("CALL_ESTABLISHED", 10*time.Second)
				peers.Pause(3 * time.Second)
				hears(t, "the browser", sound.Low(), 2*time.Second, web.Heard)
				hears(t, "the phone", sound.High(), 2*time.Second, desk.Heard)
				desk.Hangup()
				web.Event("ended", 5*time.Second)
			})
		})
	}
}
