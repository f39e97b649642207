package interop

import (
	"testing"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// A new user's first minute: the printed link, one click on 600, and you hear
// yourself.
func TestDemoLinkInChromium(t *testing.T) {
	t.Parallel()
	demo := peers.StartDemo(t)
	phone := peers.StartChromium(t, "", peers.Microphone(t, sound.High())).WebPhone(t, demo.Links()[0])
	phone.Click("quick-600")
	phone.Shows("call-card", "talking")
	peers.Listen(t, "the caller of 600", phone, sound.High(), 0, 5*sound.Note)
	if in := phone.Inbound(); in.State != "connected" || in.Packets == 0 {
		t.Errorf("Chromium says %+v", in)
	}
	phone.Click("hangup")
	phone.Shows("call-card", "ended")
}

func TestDemoLinkInFirefox(t *testing.T) {
	t.Parallel()
	c := peers.CallWithFirefox(t, peers.StartDemo(t).Links()[0], "quick-600")
	if !c.Registered || c.State != "talking" || c.Inbound.State != "connected" || c.Inbound.Packets < 100 || !c.Ended {
		t.Errorf("Firefox: registered %v, call %q, %+v, ended %v: %s\n%q", c.Registered, c.State, c.Inbound, c.Ended, c.Error, c.Log)
	}
	if c.Inbound.Energy < 0.001 { // a sine of full scale has 0.5 a second
		t.Errorf("Firefox does not hear itself on 600: %+v", c.Inbound)
	}
}
