package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

func TestAStrictRouterIsVisitedAsItWants(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Respond(200, "OK", b.Describe(fakeua.Description{}), "Record-Route: <sip:loose.example;lr>", "Record-Route: <sip:strict.example>")
		ack := in.Acked()
		if ack.First() != "ACK sip:strict.example SIP/2.0" {
			t.Errorf("the ACK is for %s", ack.First())
		}
		if got := strings.Join(ack.Fields("Route"), " "); got != "<sip:loose.example;lr> <"+b.Contact+">" {
			t.Errorf("the ACK is routed %s", got)
		}
		out.Answered()
		out.Bye()
		if bye := in.Hung(); bye.First() != "BYE sip:strict.example SIP/2.0" {
			t.Errorf("the BYE is for %s", bye.First())
		}
	})
}

func TestTheRouteOfThe2xxCountsOverTheEarlyOne(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Reliable(180, "Ringing", "", 1, "Record-Route: <sip:early.example;lr>")
		if got := in.Pracked().Field("Route"); got != "<sip:early.example;lr>" {
			t.Errorf("the PRACK is routed %s", got)
		}
		in.Respond(200, "OK", b.Describe(fakeua.Description{}), "Record-Route: <sip:late.example;lr>")
		ack := in.Acked()
		if got := ack.Field("Route"); got != "<sip:late.example;lr>" {
			t.Errorf("the ACK is routed %s", got)
		}
		out.Answered()
		out.Bye()
		if seq, _ := in.Hung().CSeq(); seq != 3 {
			t.Errorf("BYE has CSeq %d, want 3 after INVITE and PRACK", seq)
		}
	})
}

func TestTheTargetIsRefreshed(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.talk(a, b)
		a.Contact = "sip:1001@192.0.2.11:5060;line=2"
		out.Do("UPDATE", "")
		b.Contact = "sips:1002@192.0.2.12:5060;odd=%41"
		in.Do("INVITE", b.Describe(fakeua.Description{Version: 2}))
		wrong := b.Contact
		b.Contact = "sip:elsewhere@192.0.2.12:5060"
		if res := in.Do("INVITE", b.Describe(fakeua.Description{Version: 3, Codecs: []string{"g729"}})); res.Status() != 488 {
			t.Errorf("answered with\n%s", res.Raw)
		}
		out.Bye()
		if bye := in.Hung(); bye.First() != "BYE "+wrong+" SIP/2.0" { // a refused re-INVITE changes nothing
			t.Errorf("the callee gets %s", bye.First())
		}
		out, in = g.talk(a, b)
		a.Contact = "sip:1001@192.0.2.11:5060;line=3"
		out.Do("INVITE", a.Describe(fakeua.Description{Version: 2}))
		in.Bye()
		if bye := out.Hung(); bye.First() != "BYE "+a.Contact+" SIP/2.0" {
			t.Errorf("the caller gets %s", bye.First())
		}
	})
}

func TestAReofferThatFailsLeavesTheMedia(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		first := g.studio.nth(0)
		before, prepared := first.agreed(), first.prepared
		bad := strings.ReplaceAll(a.Describe(fakeua.Description{Version: 3, Codecs: []string{"g729"}, Port: 47000}), fakeua.Ufrag, "New1")
		for _, method := range []string{"INVITE", "UPDATE"} {
			if res := out.Do(method, bad); res.Status() != 488 {
				t.Errorf("%s is answered with\n%s", method, res.Raw)
			}
		}
		if first.prepared != prepared || first.agreed().Remote.RTP != before.Remote.RTP {
			t.Error("the media has heard of an offer that was refused")
		}
		branch := out.Send("INVITE", "")
		offer := out.Final("INVITE", branch)
		out.Ack("rubbish")
		if first.prepared != prepared || offer.Status() != 200 {
			t.Error("the media has heard of an answer that was not understood")
		}
		if res := out.Do("INVITE", a.Describe(fakeua.Description{Version: 4})); res.Status() != 200 {
			t.Errorf("a good one after it is answered with\n%s", res.Raw)
		}
		in.Bye()
		out.Hung()
	})
}

// holdTest is a plan with the test numbers: 606 puts the caller on hold every ten
// seconds.
func holdTest(t *testing.T) func(*leg.Config, *bridge.Config) {
	return func(_ *leg.Config, c *bridge.Config) { c.Plan = mustPlan(t, "include_test_numbers = true\n") }
}

func TestAHoldThatIsNotAnswered(t *testing.T) {
	for name, heard := range map[string]bool{"and the far end is silent": false, "but the far end is heard": true} {
		t.Run(name, func(t *testing.T) {
			inBubbleWith(t, holdTest(t), func(g *gateway) {
				a := g.phone("1001", 11)
				out := a.Invite("606", fakeua.Invitation{})
				out.Answered()
				g.studio.nth(0).flows(heard)
				out.Reinvited()
				a.Idle(33 * time.Second)
				if !heard { // RFC 3261 §12.2.1.2
					field(t, out.Hung(), "Reason", "not answered")
					return
				}
				if s := g.studio.nth(0).agreed(); !s.Direction.Receives() {
					t.Errorf("the call is not as it was: %v", s.Direction)
				}
				out.Bye()
			})
		})
	}
}

func TestAHoldThatIsToWaitIsAskedForAgain(t *testing.T) {
	inBubbleWith(t, holdTest(t), func(g *gateway) {
		a := g.phone("1001", 11)
		out := a.Invite("606", fakeua.Invitation{})
		out.Answered()
		out.Reinvited()
		began := time.Now()
		out.Respond(500, "Server Internal Error", "", "Retry-After: 4")
		out.Acked()
		re := out.Reinvited()
		if waited := time.Since(began).Round(time.Second); waited != 4*time.Second || !strings.Contains(re.Body(), "a=sendonly") {
			t.Errorf("asked after %v with\n%s", waited, re.Raw)
		}
		out.Respond(200, "OK", a.Describe(fakeua.Description{Version: 4, Direction: "recvonly"}))
		out.Acked()
		out.Bye()
	})
}
