package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// Carriers send a tone or an announcement behind a plain 180, or ahead of any response
// (RFC 3264 §5.1): the caller hears it, in the codec that it came in.
func TestSoundThatNobodyHasDescribedIsHeardByTheCaller(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		callee := g.studio.nth(1)
		s := callee.awaits()
		if s == nil || len(s.Receive) < 2 || s.Direction.Sends() || s.Remote.RTP.IsValid() {
			t.Fatalf("awaited: %+v", s)
		}
		pcma := uint8(8)
		if c, ok := s.ReceiveCodec(pcma); !ok || c.Name != "pcma" {
			t.Fatalf("8 is %v", c)
		}
		callee.options.Events.FirstMedia(pcma)
		early := out.Response(183)
		if !strings.Contains(early.Body(), "RTP/AVP 8") {
			t.Errorf("the caller is to hear PCMA, and is told\n%s", early.Body())
		}
		callee.options.Events.FirstMedia(pcma) // of another description, maybe
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{}))
		a.Quiet(time.Second)
		if !callee.agreed().Remote.RTP.IsValid() {
			t.Error("the description that came later is not taken")
		}
		in.Accept()
		if answer := out.Answered(); answer.Body() != early.Body() {
			t.Errorf("200 says\n%s\n183 said\n%s", answer.Body(), early.Body())
		}
		if got := g.seen.kinds(); got != "incoming routed calling ringing early answered" {
			t.Errorf("events: %s", got)
		}
		out.Bye()
		in.Hung()
	})
}

// Where the far end's keys or its ICE are in its description nothing can be heard
// before it.
func TestSoundIsAwaitedOnlyWhereItCanBeUnderstood(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		b := g.browser("1002")
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		if s := g.studio.nth(1).awaits(); s != nil {
			t.Errorf("awaited of a browser: %+v", s)
		}
		if s := g.studio.nth(0).awaits(); s != nil {
			t.Errorf("awaited of who offers: %+v", s)
		}
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}
