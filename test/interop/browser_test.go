package interop

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// talk is how long sound must be unbroken to count as heard.
const talk = 1500 * time.Millisecond

// talking listens at both ends: the browser plays the high melody, the phone the
// low one.
func talking(t *testing.T, web *peers.WebPeer, desk peers.Ear) {
	t.Helper()
	peers.Listen(t, "the browser", web, sound.Low(), 0, talk)
	peers.Listen(t, "the phone", desk, sound.High(), 0, talk)
}

func TestBrowserAndPhoneTalk(t *testing.T) {
	quality, passthrough := open(t, ""), open(t, "media { prefer = \"passthrough\" }\n")
	for _, c := range []struct {
		name   string
		house  *house
		secure bool
	}{
		{"opus over ws", quality, false},
		{"opus over wss", quality, true},
		{"pcmu passed through", passthrough, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := peers.WebPeerConfig{}
			if c.secure {
				w.WS = c.house.WSS()
			}
			web := c.house.web(t, "1001", w)
			desk := c.house.desk(t, "1003", peers.BaresipConfig{})
			t.Run("browser calls", func(t *testing.T) {
				web.Call(uri("1003"))
				web.Event("confirmed", 20*time.Second)
				talking(t, web, desk)
				web.Hangup()
				desk.Event("CALL_CLOSED", 20*time.Second)
			})
			t.Run("phone calls", func(t *testing.T) {
				web.Forget()
				desk.Forget()
				desk.Dial(c.house.at("1001"))
				web.Event("incoming", 20*time.Second)
				web.Answer()
				desk.Event("CALL_ESTABLISHED", 20*time.Second)
				talking(t, web, desk)
				desk.Hangup()
				web.Event("ended", 20*time.Second)
			})
		})
	}
}
