package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/test/fakeua"
)

// originOf is the o= line of a description.
func originOf(m *fakeua.Message) string { return regexp.MustCompile(`(?m)^o=.*$`).FindString(m.Body()) }

func TestARefreshByTheSameDescriptionChangesNothing(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		for i, c := range []*fakeua.Call{out, in} {
			first := c.Do("INVITE", c.UA.Describe(fakeua.Description{Version: 3}))
			before := g.studio.nth(i).agreed()
			for _, method := range []string{"INVITE", "UPDATE", "INVITE"} {
				res := c.Do(method, c.UA.Describe(fakeua.Description{Version: 3}))
				if res.Status() != 200 || originOf(res) != originOf(first) || res.Body() != first.Body() {
					t.Errorf("%s is answered with\n%s\nfirst was\n%s", method, res.Raw, first.Raw)
				}
			}
			after := g.studio.nth(i).agreed()
			if after.Send != before.Send || after.Direction != before.Direction || after.Remote.RTP != before.Remote.RTP || after.Remote.ICERestart {
				t.Errorf("agreed %+v, before %+v", after, before)
			}
		}
		a.Quiet(time.Second)
		b.Quiet(0)
		out.Bye()
		in.Hung()
	})
}

// hold is a form of hold (RFC 3264 §8.4, RFC 2543), and how it is answered.
type hold struct {
	direction string // sendrecv as long as it is empty
	nowhere   bool   // by the address 0.0.0.0, which browsers have for another reason
	answer    string
}

var holds = map[string]hold{
	"sendonly":             {direction: "sendonly", answer: "a=recvonly"},
	"inactive":             {direction: "inactive", answer: "a=inactive"},
	"0.0.0.0":              {nowhere: true, answer: "a=recvonly"},
	"0.0.0.0 and inactive": {direction: "inactive", nowhere: true, answer: "a=inactive"},
}

func (h hold) describe(u *fakeua.UA, version int) string {
	text := u.Describe(fakeua.Description{Version: version, Direction: h.direction})
	if h.nowhere {
		text = regexp.MustCompile(`c=IN IP4 .*`).ReplaceAllString(text, "c=IN IP4 0.0.0.0\r")
	}
	return text
}

// held looks whether both far ends of a call hold, or neither.
func (g *gateway) held(want bool, after string) {
	g.t.Helper()
	for i := range 2 {
		if s := g.studio.nth(i).agreed(); s.Remote.Held != want || !want && s.Direction != sdp.SendRecv {
			g.t.Errorf("leg %d after %s: held %v, %v", i, after, s.Remote.Held, s.Direction)
		}
	}
}

func TestBothHoldAndResumeInEitherOrder(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		version := 3
		do := func(c *fakeua.Call, body, want string) {
			t.Helper()
			version++
			if res := c.Do("INVITE", body); res.Status() != 200 || !strings.Contains(res.Body(), want) {
				t.Errorf("want %s in\n%s\nanswered to\n%s", want, res.Raw, body)
			}
		}
		for name, hold := range holds {
			if hold.nowhere && (a.Flow().Kind().Secure() || b.Flow().Kind().Secure()) {
				continue
			}
			for _, order := range [][2]*fakeua.Call{{out, in}, {in, out}} {
				for _, c := range []*fakeua.Call{out, in} {
					do(c, hold.describe(c.UA, version), hold.answer)
				}
				g.held(true, name)
				for _, c := range order {
					do(c, c.UA.Describe(fakeua.Description{Version: version}), "a=sendrecv")
				}
				g.held(false, "resume after "+name)
			}
		}
		a.Quiet(time.Second)
		b.Quiet(0)
		if got := g.seen.kinds(); strings.Count(got, "held") != strings.Count(got, "resumed") || strings.Count(got, "held") < 8 {
			t.Errorf("events: %s", got)
		}
		out.Bye()
		in.Hung()
	})
}

// A late offer on hold asks for all that we could do, in both directions (RFC 6337 §5.3):
// who is on hold may be taken off it so.
func TestALateOfferOnHoldResumes(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		for i, c := range []*fakeua.Call{out, in} {
			if res := c.Do("INVITE", c.UA.Describe(fakeua.Description{Version: 3, Direction: "sendonly"})); res.Status() != 200 {
				t.Fatalf("hold is answered with\n%s", res.Raw)
			}
			for n, direction := range []string{"sendonly", "sendrecv"} {
				branch := c.Send("INVITE", "")
				res := c.Final("INVITE", branch)
				if res.Status() != 200 || !strings.Contains(res.Body(), "a=sendrecv") {
					t.Fatalf("answered with\n%s", res.Raw)
				}
				codec := []string{"pcma"}
				c.Ack(c.UA.Describe(fakeua.Description{Version: 4 + n, Setup: "active", Direction: direction, Codecs: codec}))
				s := g.studio.nth(i).agreed()
				if held := direction == "sendonly"; s.Remote.Held != held || s.Send.Name != "pcma" {
					t.Errorf("after %s: %+v", direction, s)
				}
			}
		}
		a.Idle(5 * time.Second)
		out.Bye()
		in.Hung()
	})
}

// Each party's offer of sound is its leg's own affair: both may be under way at once.
func TestOffersOfSoundThatCrossAreBothAnswered(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		for n, direction := range []string{"sendonly", "sendrecv", "inactive", "sendrecv"} {
			one := out.Send("INVITE", a.Describe(fakeua.Description{Version: 3 + n, Direction: direction, Codecs: []string{"pcma"}}))
			two := in.Send("INVITE", b.Describe(fakeua.Description{Version: 3 + n, Direction: direction}))
			if res := in.Final("INVITE", two); res.Status() != 200 {
				t.Errorf("answered with\n%s", res.Raw)
			}
			if res := out.Final("INVITE", one); res.Status() != 200 {
				t.Errorf("answered with\n%s", res.Raw)
			}
			in.Ack("")
			out.Ack("")
		}
		a.Idle(5 * time.Second)
		out.Bye()
		in.Hung()
	})
}

func TestAnAddressAndACodecThatChangeInMidCall(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.talk(a, b)
		for i, c := range []struct {
			m, rest, codec, event string
			ptime                 int
		}{
			{"8", "", "PCMA/8000", "/0", 20},
			{"9 101", "a=rtpmap:101 telephone-event/8000\r\n", "G722/8000", "telephone-event/8000", 20},
			{"101 0", "a=rtpmap:101 opus/48000/2\r\na=ptime:60\r\n", "PCMU/8000", "/0", 60}, // the number is another codec's now
			{"0", "a=maxptime:10\r\n", "PCMU/8000", "/0", 10},
		} {
			res := out.Do("INVITE", fmt.Sprintf("v=0\r\no=x 1 %d IN IP4 192.0.2.11\r\ns=-\r\nc=IN IP4 192.0.2.99\r\nt=0 0\r\nm=audio %d RTP/AVP %s\r\n%s",
				i+2, 41000+2*i, c.m, c.rest))
			s := g.studio.nth(0).agreed()
			if res.Status() != 200 || s.Remote.RTP.String() != fmt.Sprintf("192.0.2.99:%d", 41000+2*i) {
				t.Fatalf("%s: %+v, answered with\n%s", c.codec, s, res.Raw)
			}
			if s.Send.String() != c.codec || s.SendEvent.String() != c.event || s.PTime != c.ptime {
				t.Errorf("%s: agreed on %s, %s, %d ms", c.m, s.Send, s.SendEvent, s.PTime)
			}
			a.Idle(3 * time.Second)
		}
		out.Bye()
		in.Hung()
	})
}

// A re-INVITE that waits for the other party may be taken back (RFC 3261 §9.2): the call is
// as it was, and the other party is rid of what was offered to it.
func TestAReinviteThatWaitsIsCanceled(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		branch := out.Send("INVITE", seen(a, fakeua.Description{Version: 3}, "40100"))
		in.Reinvited()
		if res := out.Cancel(); res.Status() != 200 {
			t.Errorf("CANCEL is answered with\n%s", res.Raw)
		}
		if res := out.Final("INVITE", branch); res.Status() != 487 {
			t.Fatalf("what was canceled is answered with\n%s", res.Raw)
		}
		out.Ack("")
		in.Respond(200, "OK", seen(b, fakeua.Description{Version: 3, Setup: "active"}, "40200"))
		in.Acked()
		if again := in.Reinvited(); picture(again) != "off" {
			t.Errorf("the other party is offered\n%s", again.Raw)
		}
		in.Respond(200, "OK", seen(b, fakeua.Description{Version: 4, Setup: "active"}, "0"))
		in.Acked()
		for i := range 2 {
			if s := g.studio.nth(i).agreed(); s.Line(sdp.KindVideo, 0) != nil || s.Send.IsZero() {
				t.Errorf("leg %d: %+v", i, s)
			}
		}
		offer, res := switched(t, out, in, 5, "40100", "40200")
		if picture(offer) != "on" || picture(res) != "on" {
			t.Errorf("offered anew:\n%s\n%s", offer.Raw, res.Raw)
		}
		out.Bye()
		in.Hung()
	})
}
