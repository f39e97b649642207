package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

func TestACallMayBeginAsAFax(t *testing.T) {
	for _, own := range []bool{false, true} {
		inBubble(t, func(g *gateway) {
			a, b := g.phone("1001", 11), g.phone("1002", 12)
			out := a.Invite("1002", fakeua.Invitation{SDP: fax(a, 1, own, "a=x-serial:4711")})
			in := b.Incoming()
			if body := in.Invite.Body(); !strings.Contains(body, "m=image ") || !strings.Contains(body, "udptl t38") || strings.Contains(body, "m=audio") ||
				!strings.Contains(body, "a=T38FaxUdpEC:t38UDPRedundancy") || strings.Contains(body, "serial") || strings.Contains(body, "41000") {
				t.Fatalf("offered\n%s", body)
			}
			in.Ring()
			if res := out.Response(180); res.Body() != "" {
				t.Errorf("it rings with a description:\n%s", res.Raw)
			}
			in.Respond(200, "OK", fax(b, 1, false, "a=T38FaxMaxBuffer:200"))
			in.Acked()
			if body := out.Answered().Body(); !strings.Contains(body, "a=T38FaxMaxBuffer:200") || strings.Contains(body, "m=image 0") || strings.Contains(body, "m=audio 0 ") != own {
				t.Fatalf("answered with\n%s", body)
			}
			for n := range 2 {
				if s := g.studio.nth(n).agreed(); len(s.Lines) != 1 || s.Lines[0].Remote.RTP.Port() != 41000 || !s.Remote.Disabled {
					t.Errorf("leg %d: %+v", n, s)
				}
			}
			a.Quiet(20 * time.Second)
			b.Quiet(0)

			// The machine is through, and somebody talks.
			branch := in.Send("INVITE", b.Describe(fakeua.Description{Version: 2}))
			offer := out.Reinvited()
			if body := offer.Body(); !strings.Contains(body, "m=audio ") || strings.Contains(body, "m=image 2") {
				t.Fatalf("offered\n%s", body)
			}
			answer := a.Describe(fakeua.Description{Version: 2})
			if strings.Contains(offer.Body(), "m=image 0") {
				answer = strings.Replace(answer, "m=audio", "m=image 0 udptl t38\r\nm=audio", 1)
				if own {
					answer = a.Describe(fakeua.Description{Version: 2}) + "m=image 0 udptl t38\r\n"
				}
			}
			out.Reply(offer, answer)
			out.Acked()
			if res := in.Final("INVITE", branch); res.Status() != 200 || !strings.Contains(res.Body(), "m=audio 2") {
				t.Fatalf("answered with\n%s", res.Raw)
			}
			in.Ack("")
			for n := range 2 {
				if s := g.studio.nth(n).agreed(); s.Send.IsZero() || len(s.Lines) != 0 {
					t.Errorf("leg %d: %+v", n, s)
				}
			}
			out.Bye()
			in.Hung()
			if kinds := g.seen.kinds(); strings.Contains(kinds, "hold") || strings.Contains(kinds, "resumed") {
				t.Errorf("a fax is told as a hold: %s", kinds)
			}
		})
	}
}

func TestWhereAFaxCannotGoItIsRefusedBeforeAnybodyRings(t *testing.T) {
	inBubbleWith(t, wishing(map[string]sdp.Secure{"1003": sdp.SecureRequire}), func(g *gateway) {
		a, b := g.phone("1001", 11), g.browser("1002")
		field(t, a.Invite("1002", fakeua.Invitation{SDP: fax(a, 1, false)}).Response(488), "Reason", "488")
		b.Quiet(5 * time.Second)
		field(t, b.Invite("1001", fakeua.Invitation{SDP: fax(b, 1, false)}).Response(488), "Warning", "304")
		a.Quiet(5 * time.Second)
		// Over TCP as ITU-T T.38 annex B has it, which we do not carry.
		tcp := strings.Replace(fax(a, 1, false), "udptl t38", "tcp t38", 1)
		field(t, a.Invite("1002", fakeua.Invitation{SDP: tcp}).Response(488), "Warning", "304")
		c := g.secured("1003")
		field(t, c.Invite("1001", fakeua.Invitation{SDP: fax(c, 1, false)}).Response(488), "Warning", "secure = require")
		field(t, a.Invite("1003", fakeua.Invitation{SDP: fax(a, 1, false)}).Response(488), "Reason", "488")
		a.Quiet(5 * time.Second)
	})
}

func TestAFaxThatIsNotTakenEndsTheCall(t *testing.T) {
	inBubbleWith(t, func(*leg.Config, *bridge.Config) {}, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{SDP: fax(a, 1, false)})
		in := b.Incoming()
		in.Respond(200, "OK", strings.Replace(fax(b, 1, false), "m=image 41000", "m=image 0", 1))
		in.Acked()
		in.Hung()
		out.Response(488)
		// What answers by itself has no ears for it.
		out = a.Invite("1002", fakeua.Invitation{SDP: fax(a, 1, false)})
		in = b.Incoming()
		in.Respond(488, "Not Acceptable Here", "")
		out.Response(488)
	})
}
