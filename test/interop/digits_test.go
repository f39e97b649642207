package interop

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// keys is every key there is.
const keys = "0123456789*#ABCD"

// digits waits until as many digits have come as were sent, and a little longer
// for those that come twice.
func digits(t *testing.T, who, want string, got func() string) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for len(got()) < len(want) && time.Now().Before(deadline) {
		peers.Pause(50 * time.Millisecond)
	}
	peers.Pause(500 * time.Millisecond)
	if d := got(); d != want {
		t.Errorf("%s got the digits %q, want %q", who, d, want)
	}
}

// browserHears lets somebody press all keys and finds them in what the browser
// plays: it makes tones of the events that it receives. Under load a browser
// stutters, which loses a tone or cuts it in two; so it may be asked again. What
// the gateway itself lost or doubled it would lose or double every time.
func browserHears(t *testing.T, web *peers.WebPeer, press func(string)) {
	t.Helper()
	var got []string
	for range 4 {
		since := web.Recorded()
		press(keys)
		now := ""
		for range 12 { // under load it is seconds behind, too
			peers.Pause(500 * time.Millisecond)
			if now = sound.Digits(web.Heard(since)); now == keys {
				return
			}
		}
		got = append(got, now)
	}
	t.Errorf("the browser played %q, want %q", got, keys)
}

func TestDigits(t *testing.T) {
	for _, c := range []struct{ name, more string }{
		{"opus, events at 48000", ""},
		{"pcmu, events at 8000", "media { prefer = \"passthrough\" }\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, c.more)
			web := h.web(t, "1001", peers.WebPeerConfig{})
			desk := h.desk(t, "1003", peers.BaresipConfig{Silent: true})
			web.Call(uri("1003"))
			web.Event("confirmed", 20*time.Second)
			peers.Listen(t, "the phone", desk, sound.High(), 0, talk)
			for _, transport := range []string{"RFC2833", "INFO"} {
				t.Run("browser sends "+transport, func(t *testing.T) {
					desk.Forget()
					web.Press(keys, transport)
					digits(t, "the phone", keys, desk.Digits)
				})
			}
			t.Run("phone sends, browser plays the events", func(t *testing.T) { browserHears(t, web, desk.Press) })
			web.Hangup()
		})
	}
}

// phonesPressKeys lets two phones talk and press keys at each other.
func phonesPressKeys(t *testing.T, h *house, caller, called string) {
	t.Helper()
	a := h.desk(t, caller, peers.BaresipConfig{})
	b := h.desk(t, called, peers.BaresipConfig{Melody: sound.High()})
	a.Dial(h.at(called))
	a.Event("CALL_ESTABLISHED", 20*time.Second)
	peers.Listen(t, "the called", b, sound.Low(), 0, talk)
	peers.Listen(t, "the caller", a, sound.High(), 0, talk)
	a.Press(keys)
	digits(t, "the called", keys, b.Digits)
	b.Press("12#")
	digits(t, "the caller", "12#", a.Digits)
	a.Hangup()
	b.Event("CALL_CLOSED", 20*time.Second)
}
