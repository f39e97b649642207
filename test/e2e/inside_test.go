package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

func TestDigitsByInfoGoOutOfTheOtherLeg(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		for _, c := range []struct {
			contentType, body string
			status            int
		}{
			{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", 200},
			{"application/dtmf-relay", "Signal= #\r\nDuration= 99999999\r\n", 200},
			{"application/dtmf-relay", "signal=11", 200},
			{"application/dtmf", "*", 200},
			{"application/dtmf", "ten", 415},
			{"application/dtmf-relay", strings.Repeat("Signal=1\r\n", 80), 415},
			{"application/sdp", "v=0", 415},
			{"text/plain", "5", 415},
		} {
			if res := out.Info(c.contentType, c.body); res.Status() != c.status {
				t.Errorf("INFO %s %q is answered with\n%s", c.contentType, c.body, res.Raw)
			}
		}
		if res := in.Info("application/dtmf", "d"); res.Status() != 200 {
			t.Errorf("answered with\n%s", res.Raw)
		}
		if res := in.Do("INFO", ""); res.Status() != 200 {
			t.Errorf("an empty INFO is answered with\n%s", res.Raw)
		}
		if got := g.studio.nth(1).dialed(); got != "5##*" {
			t.Errorf("the callee got %q, want 5##*", got)
		}
		if got := g.studio.nth(0).dialed(); got != "D" {
			t.Errorf("the caller got %q, want D", got)
		}
		b.Quiet(time.Second)
		out.Bye()
		in.Hung()
	})
}

func TestRequestsNotServedInADialog(t *testing.T) {
	inBubble(t, func(g *gateway) {
		out, in := g.talk(g.phone("1001", 11), g.phone("1002", 12))
		for method, want := range map[string]int{"REFER": 400, "MESSAGE": 405, "SUBSCRIBE": 405, "PRACK": 400, "OPTIONS": 200} {
			if res := out.Do(method, ""); res.Status() != want {
				t.Errorf("%s is answered with\n%s", method, res.Raw)
			}
		}
		out.Bye()
		in.Hung()
	})
}

func TestRouteSetsAreKept(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{Fields: []string{"Record-Route: <sip:p1.example;lr>", "Record-Route: <sip:p2.example;lr>"}})
		in := b.Incoming()
		in.Respond(200, "OK", b.Describe(fakeua.Description{}), "Record-Route: <sip:q1.example;lr>", "Record-Route: <sip:q2.example;lr>")
		if got := strings.Join(in.Acked().Fields("Route"), " "); got != "<sip:q2.example;lr> <sip:q1.example;lr>" {
			t.Errorf("ACK goes %s", got)
		}
		ok := out.Answered()
		if got := strings.Join(ok.Fields("Record-Route"), " "); got != "<sip:p1.example;lr> <sip:p2.example;lr>" {
			t.Errorf("Record-Route of the 200: %s", got)
		}
		in.Bye()
		bye := out.Hung()
		if got := strings.Join(bye.Fields("Route"), " "); got != "<sip:p1.example;lr> <sip:p2.example;lr>" {
			t.Errorf("BYE goes %s", got)
		}
		if bye.First() != "BYE "+a.Contact+" SIP/2.0" {
			t.Errorf("BYE is for %s", bye.First())
		}
	})
}

func TestTheSilentEndACall(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		out, in := g.talk(a, b)
		g.studio.nth(1).options.Events.Silent()
		field(t, out.Hung(), "Reason", "No media")
		in.Hung()
	})
}
