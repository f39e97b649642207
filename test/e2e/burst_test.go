package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

func TestABurstOfCallsAndASuddenClose(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		var ringing []*fakeua.Call
		for i := range 100 {
			a.Invite("1002", fakeua.Invitation{})
			in := b.Incoming()
			if i%2 == 0 {
				in.Ring()
			}
			ringing = append(ringing, in)
		}
		a.Close()
		for i, in := range ringing {
			if i%2 == 1 {
				in.Ring() // a CANCEL waits for a provisional answer
			}
			in.Canceled()
		}
	})
}

func TestARepeatedInviteIsOneCall(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		ringing := out.Response(180)
		for range 3 {
			out.Again()
		}
		a.Idle(time.Second)
		if n := a.Repeats(ringing); n != 3 {
			t.Errorf("the 180 was repeated %d times, want 3", n)
		}
		b.Quiet(0)
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestAReinviteBeforeTheAckWaits(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Accept()
		out.Response(200)
		first := *out
		branch := out.Send("INVITE", a.Describe(fakeua.Description{Version: 3}))
		res := out.Final("INVITE", branch)
		if res.Status() != 500 || res.Field("Retry-After") == "" {
			t.Errorf("answered with\n%s", res.Raw)
		}
		first.Ack("")
		if res := out.Do("INVITE", a.Describe(fakeua.Description{Version: 3})); res.Status() != 200 {
			t.Errorf("after the ACK answered with\n%s", res.Raw)
		}
		out.Bye()
		in.Hung()
	})
}

func TestMediaIsNeverSentToAGroup(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		bad := strings.Replace(a.Describe(fakeua.Description{}), "c=IN IP4 192.0.2.11", "c=IN IP4 224.2.1.1/127", 1)
		out := a.Invite("1002", fakeua.Invitation{SDP: bad})
		field(t, out.Response(488), "Warning", "unicast")
		b.Quiet(time.Second)
	})
}

func TestTheAnswersDescriptionIsWrong(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		sdp    string
	}{
		{"none", 502, ""},
		{"rubbish", 502, "rubbish"},
		{"another codec", 488, "v=0\r\no=- 1 1 IN IP4 192.0.2.12\r\ns=-\r\nc=IN IP4 192.0.2.12\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n"},
		{"audio refused", 488, "v=0\r\no=- 1 1 IN IP4 192.0.2.12\r\ns=-\r\nc=IN IP4 192.0.2.12\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				a, b := g.browser("1001"), g.phone("1002", 12)
				out := a.Invite("1002", fakeua.Invitation{})
				in := b.Incoming()
				in.Respond(200, "OK", c.sdp)
				in.Acked() // whatever it says
				in.Hung()
				if res := out.Response(c.status); res.Field("Warning") == "" {
					t.Errorf("answered with\n%s", res.Raw)
				}
			})
		})
	}
}

func TestAnAnswerWithoutAContact(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		b.Contact = "mailto:nobody@example.org"
		in.Respond(200, "OK", b.Describe(fakeua.Description{}))
		in.Acked()
		in.Hung()
		out.Response(502)
	})
}
