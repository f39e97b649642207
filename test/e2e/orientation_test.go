package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// turns lets a description of seen say that how a picture is to be turned is known.
func turns(text, number string) string {
	return strings.Replace(text, "a=rtpmap:97 ", "a=extmap:"+number+" urn:3gpp:video-orientation\r\na=rtpmap:97 ", 1)
}

// orientation is the number that a message gives that; empty where it does not know it.
func orientation(m *fakeua.Message) string {
	before, _, found := strings.Cut(m.Body(), " urn:3gpp:video-orientation")
	if !found {
		return ""
	}
	return before[strings.LastIndex(before, "extmap:")+len("extmap:"):]
}

// TestTheOrientationIsAgreedToWhereBothKnowIt: by each leg with its own number, and by none
// where one does not know it, whose pictures come turned then.
func TestTheOrientationIsAgreedToWhereBothKnowIt(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		for _, knows := range []bool{true, false} {
			out := a.Invite("1002", fakeua.Invitation{SDP: turns(seen(a, fakeua.Description{}, "40100"), "13")})
			in := b.Incoming()
			number := orientation(in.Invite)
			if number != "3" {
				t.Errorf("the callee is offered\n%s", in.Invite.Raw)
			}
			answer, want := seen(b, answers, "40200"), ""
			if knows {
				answer, want = turns(answer, number), "13"
			}
			in.Respond(200, "OK", answer)
			in.Acked()
			if got := orientation(out.Answered()); got != want {
				t.Errorf("the caller is answered with %q, want %q", got, want)
			}
			// It is no reason to ask anybody that an offer has it again.
			branch := out.Send("INVITE", turns(seen(a, fakeua.Description{Version: 3}, "40100"), "13"))
			if got := orientation(out.Final("INVITE", branch)); got != want {
				t.Errorf("the caller is answered later with %q, want %q", got, want)
			}
			out.Ack("")
			b.Quiet(time.Second)
			out.Bye()
			in.Hung()
			a.Idle(time.Second)
		}
	})
}

// TestTheOrientationIsTakenBack: who does not say it any more is seen as he sends.
func TestTheOrientationIsTakenBack(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{SDP: turns(seen(a, fakeua.Description{}, "40100"), "13")})
		in := b.Incoming()
		in.Respond(200, "OK", turns(seen(b, answers, "40200"), "3"))
		in.Acked()
		out.Answered()
		offer, res := switched(t, out, in, 3, "40100", "40200")
		if picture(offer) != "on" || orientation(offer) != "" || picture(res) != "on" || orientation(res) != "" {
			t.Errorf("offered\n%s\nand answered\n%s", offer.Raw, res.Raw)
		}
		out.Bye()
		in.Hung()
	})
}

// TestWhoIsSentOnTurnsItsPicturesItself: the new party does not know the orientation.
func TestWhoIsSentOnTurnsItsPicturesItself(t *testing.T) {
	for _, knows := range []bool{true, false} {
		inTransfer(t, func(g *gateway) {
			a, b, c := g.browser("1001"), g.browser("1002"), g.browser("1003")
			out := a.Invite("1002", fakeua.Invitation{SDP: turns(seen(a, fakeua.Description{}, "40100"), "13")})
			in := b.Incoming()
			in.Respond(200, "OK", turns(seen(b, answers, "40200"), "3"))
			in.Acked()
			out.Answered()
			refer(t, in, 202, "<sip:1003@"+domain+">")
			notified(t, in, 100)
			target := c.Incoming()
			if picture(target.Invite) != "on" || orientation(target.Invite) != "3" {
				t.Errorf("the new party is offered\n%s", target.Invite.Raw)
			}
			answer := seen(c, answers, "40300")
			if knows {
				answer = turns(answer, "3")
			}
			target.Respond(200, "OK", answer)
			target.Acked()
			notified(t, in, 200)
			in.Hung()
			if !knows {
				if again := out.Reinvited(); picture(again) != "on" || orientation(again) != "" {
					t.Errorf("offered again:\n%s", again.Raw)
				}
				out.Respond(200, "OK", seen(a, fakeua.Description{Version: 4, Setup: "active"}, "40100"))
				out.Acked()
			}
			a.Quiet(3 * time.Second)
			out.Bye()
			target.Hung()
		})
	}
}
