package e2e

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/test/fakeua"
)

// Two of a group answer at the same moment with video: one has the call, and its video; the
// other is told that it has not.
func TestTwoOfAGroupAnswerAtOnceWithVideo(t *testing.T) {
	for _, browsers := range []bool{true, false} {
		inBubble(t, func(g *gateway) {
			a, b, c := g.browser("1001"), g.phone("1002", 12), g.phone("1003", 13)
			if browsers {
				b, c = g.browser("1002"), g.browser("1003")
			}
			out := a.Invite("30", fakeua.Invitation{SDP: seen(a, fakeua.Description{}, "40100")})
			one, two := b.Incoming(), c.Incoming()
			one.Respond(200, "OK", seen(b, answers, "40200"))
			two.Respond(200, "OK", seen(c, answers, "40300"))
			one.Acked()
			two.Acked()
			if res := out.Answered(); picture(res) != "on" {
				t.Errorf("the caller is answered with\n%s", res.Raw)
			}
			ended := func(m *fakeua.Message) bool { return m.Method() == "BYE" }
			won, lost := one, two
			bye := c.Await(5*time.Second, ended)
			if bye == nil {
				won, lost = two, one
				bye = b.Await(0, ended)
			}
			if bye == nil {
				t.Fatal("nobody has lost")
			}
			lost.UA.Answer(bye, 200, "OK")
			field(t, bye, "Reason", "elsewhere")
			told(t, a, map[*fakeua.UA]string{b: second, c: third}[won.UA])
			lost.UA.Quiet(10 * time.Second)
			won.UA.Quiet(0)
			if l := g.videoOf(0); l == nil || l.Direction != sdp.SendRecv {
				t.Errorf("the caller's leg has %+v", l)
			}
			out.Bye()
			won.Hung()
		})
	}
}

// Early media has video, and another fork answers without, or the reverse: once it is answered
// both sides have what who has answered has.
func TestEarlyVideoOfAForkThatDoesNotAnswer(t *testing.T) {
	for _, early := range []string{"40200", "0"} {
		for _, browser := range []bool{true, false} {
			inBubble(t, func(g *gateway) {
				a, b := g.phone("1001", 11), g.phone("1002", 12)
				if browser {
					a = g.browser("1001")
				}
				out := a.Invite("1002", fakeua.Invitation{SDP: seen(a, fakeua.Description{}, "40100")})
				first := b.Incoming()
				second := branchOf(first, "second")
				first.Respond(183, "Session Progress", seen(b, answers, early))
				want, then := "on", "0"
				if early == "0" {
					want, then = "off", "40300"
				}
				if res := out.Response(183); picture(res) != want {
					t.Errorf("early, the caller has\n%s", res.Raw)
				}
				second.Respond(200, "OK", seen(b, answers, then))
				second.Acked()
				out.Answered()
				who := out
				if early == "0" { // the caller was told already that there is none
					who = second
				}
				if offer := who.Reinvited(); picture(offer) != "off" {
					t.Errorf("then offered\n%s", offer.Raw)
				}
				who.Respond(200, "OK", seen(who.UA, fakeua.Description{Setup: "active", Version: 2}, "0"))
				who.Acked()
				a.Quiet(10 * time.Second)
				b.Quiet(0)
				for n := range 2 {
					if l := g.videoOf(n); l != nil {
						t.Errorf("leg %d has %+v", n, l)
					}
				}
				out.Bye()
				second.Hung()
			})
		}
	}
}

// One begins to show its screen while the other stops: each is answered with what the other
// one wants now.
func TestOneShowsWhileTheOtherStops(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		branch := out.Send("INVITE", pictured(a, 3, "sendrecv"))
		in.Reinvited()
		in.Respond(200, "OK", answering(b, 3, "recvonly"))
		in.Acked()
		out.Final("INVITE", branch)
		out.Ack("")
		a.Idle(time.Second)

		both := []*fakeua.Call{out, in}
		branches := []string{out.Send("INVITE", pictured(a, 4, "recvonly")), in.Send("INVITE", pictured(b, 4, "sendrecv"))}
		wants := []string{"recvonly", "sendrecv"}
		answered := map[int]string{}
		for range 400 {
			for n, c := range both {
				m := c.UA.Await(0, func(m *fakeua.Message) bool {
					return m.Field("Call-ID") == c.ID && (m.Method() == "INVITE" || m.Status() >= 200 && m.Branch() == branches[n])
				})
				switch {
				case m == nil:
				case m.Method() == "INVITE" && branches[n] != "":
					c.Invite = m
					c.Respond(491, "Request Pending", "")
					c.Acked()
				case m.Method() == "INVITE":
					c.Invite = m
					c.Respond(200, "OK", answering(c.UA, 6, wants[n]))
					c.Acked()
				default:
					c.Ack("")
					branches[n] = ""
					if answered[n] = videoFlow(m); m.Status() == 491 || m.Status() == 500 {
						c.UA.Idle(time.Second)
						branches[n] = c.Send("INVITE", pictured(c.UA, 5, wants[n]))
					}
				}
			}
			a.Idle(20 * time.Millisecond)
		}
		if answered[0] != "sendonly" || answered[1] != "recvonly" {
			t.Errorf("answered with %v", answered)
		}
		for n, want := range []sdp.Direction{sdp.SendOnly, sdp.RecvOnly} {
			if l := g.videoOf(n); l == nil || l.Direction != want {
				t.Errorf("leg %d has %+v, want %v", n, l, want)
			}
		}
		out.Bye()
		in.Hung()
	})
}
