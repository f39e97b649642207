package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/test/fakeua"
)

// One offer at a time: while a re-INVITE waits for the other party, a further offer of its
// sender is refused for now (RFC 3311 §5.2), and a mere refresh is not.
func TestAnOfferBesideAReinviteThatWaits(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		branch := out.Send("INVITE", seen(a, fakeua.Description{Version: 3}, "40100"))
		in.Reinvited()
		res := out.Do("UPDATE", a.Describe(fakeua.Description{Version: 4, Codecs: []string{"pcma"}}))
		if res.Status() != 500 || res.Field("Retry-After") == "" {
			t.Errorf("a second offer is answered with\n%s", res.Raw)
		}
		if res := out.Do("UPDATE", ""); res.Status() != 200 {
			t.Errorf("a refresh is answered with\n%s", res.Raw)
		}
		in.Respond(200, "OK", seen(b, fakeua.Description{Version: 3, Setup: "active"}, "40200"))
		in.Acked()
		if res := out.Final("INVITE", branch); res.Status() != 200 || picture(res) != "on" {
			t.Errorf("the first is answered with\n%s", res.Raw)
		}
		out.Ack("")
		out.Bye()
		in.Hung()
	})
}

// Who holds and is sent on talks with somebody else then, and still holds.
func TestAHoldOutlivesATransfer(t *testing.T) {
	for _, holds := range []string{"who sends on", "who is sent on", "both"} {
		t.Run(holds, func(t *testing.T) {
			inTransfer(t, func(g *gateway) {
				a, b, c := g.browser("1001"), g.phone("1002", 12), g.phone("1003", 13)
				out, in := g.talk(a, b)
				if holds != "who is sent on" {
					out.Do("INVITE", a.Describe(fakeua.Description{Version: 3, Direction: "sendonly"}))
				}
				if holds != "who sends on" {
					in.Do("INVITE", b.Describe(fakeua.Description{Version: 3, Direction: "sendonly"}))
				}
				refer(t, out, 202, "<sip:1003@"+domain+">")
				notified(t, out, 100)
				target := c.Incoming()
				target.Accept()
				notified(t, out, 200)
				out.Bye()
				b.Idle(5 * time.Second)
				held := g.studio.nth(1).agreed()
				if want := holds != "who sends on"; held.Remote.Held != want {
					t.Errorf("held: %v, want %v", held.Remote.Held, want)
				}
				before := strings.Count(g.seen.kinds(), "resumed")
				if res := in.Do("INVITE", b.Describe(fakeua.Description{Version: 4})); res.Status() != 200 || !strings.Contains(res.Body(), "a=sendrecv") {
					t.Errorf("resume is answered with\n%s", res.Raw)
				}
				if holds != "who sends on" && strings.Count(g.seen.kinds(), "resumed") != before+1 {
					t.Errorf("events: %s", g.seen.kinds())
				}
				target.Do("INVITE", c.Describe(fakeua.Description{Version: 3, Direction: "inactive"}))
				if e := g.seen.last(bridge.Held); e.Party.User != "1003" {
					t.Errorf("held: %+v", e)
				}
				target.Bye()
				in.Hung()
			})
		})
	}
}

// A browser whose network changes while it holds stays on hold, under new credentials, and
// its resume is no restart.
func TestAnICERestartOnHold(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		out, in := g.talk(a, b)
		fresh := func(text string) string {
			return strings.ReplaceAll(text, "a=ice-ufrag:"+fakeua.Ufrag, "a=ice-ufrag:Fr3s")
		}
		for i, step := range []struct {
			body    string
			restart bool
			held    bool
		}{
			{a.Describe(fakeua.Description{Version: 3, Direction: "sendonly"}), false, true},
			{fresh(a.Describe(fakeua.Description{Version: 4, Direction: "sendonly"})), true, true},
			{fresh(a.Describe(fakeua.Description{Version: 5, Direction: "inactive"})), false, true},
			{fresh(a.Describe(fakeua.Description{Version: 6})), false, false},
			{a.Describe(fakeua.Description{Version: 7}), true, false},
		} {
			res := out.Do("INVITE", step.body)
			s := g.studio.nth(0).agreed()
			if res.Status() != 200 || s.Remote.ICERestart != step.restart || s.Remote.Held != step.held {
				t.Errorf("step %d: restart %v, held %v, answered with\n%s", i, s.Remote.ICERestart, s.Remote.Held, res.Raw)
			}
		}
		if got := g.seen.kinds(); !strings.HasSuffix(got, "answered held resumed") {
			t.Errorf("events: %s", got)
		}
		out.Bye()
		in.Hung()
	})
}

// Hold within a room and within the echo, in each form, and a late offer there.
func TestHoldWhereThereIsNoOtherParty(t *testing.T) {
	for _, number := range []string{"608", "600"} {
		t.Run(number, func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				a := g.phone("1001", 11)
				out := a.Invite(number, fakeua.Invitation{})
				out.Answered()
				version := 3
				for name, hold := range holds {
					res := out.Do("INVITE", hold.describe(a, version))
					if s := g.studio.nth(0).agreed(); res.Status() != 200 || !s.Remote.Held {
						t.Errorf("%s: %+v, answered with\n%s", name, s, res.Raw)
					}
					branch := out.Send("INVITE", "")
					if res := out.Final("INVITE", branch); !strings.Contains(res.Body(), "a=sendrecv") {
						t.Errorf("a late offer is\n%s", res.Raw)
					}
					out.Ack(a.Describe(fakeua.Description{Version: version + 1}))
					if s := g.studio.nth(0).agreed(); s.Remote.Held || s.Direction != sdp.SendRecv {
						t.Errorf("after %s: %+v", name, s)
					}
					version += 2
				}
				out.Bye()
			})
		})
	}
}

// One party holds while it is asked about the other's video, and each refuses the other's
// offer at first (RFC 3261 §14.2): both come to their end.
func TestAHoldThatCrossesVideo(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		video := out.Send("INVITE", seen(a, fakeua.Description{Version: 3}, "40100"))
		in.Reinvited()
		hold := b.Describe(fakeua.Description{Version: 3, Direction: "sendonly"})
		if res := in.Do("INVITE", hold); res.Status() != 491 {
			t.Errorf("a hold that crosses is answered with\n%s", res.Raw)
		}
		in.Ack("")
		in.Respond(491, "Request Pending", "")
		in.Acked()
		b.Idle(time.Second)
		if res := in.Do("INVITE", hold); res.Status() != 200 || !strings.Contains(res.Body(), "a=recvonly") {
			t.Errorf("the hold that comes again is answered with\n%s", res.Raw)
		}
		again := in.Reinvited()
		if picture(again) != "on" {
			t.Errorf("offered again:\n%s", again.Raw)
		}
		in.Respond(200, "OK", strings.ReplaceAll(seen(b, fakeua.Description{Version: 4, Direction: "sendonly", Setup: "active"}, "40200"), "a=sendrecv", "a=sendonly"))
		in.Acked()
		if res := out.Final("INVITE", video); res.Status() != 200 {
			t.Errorf("the video is answered with\n%s", res.Raw)
		}
		out.Ack("")
		if s := g.studio.nth(1).agreed(); !s.Remote.Held {
			t.Errorf("not held: %+v", s)
		}
		if got := g.seen.kinds(); strings.Count(got, "held") != 1 || strings.Contains(got, "resumed") {
			t.Errorf("events: %s", got)
		}
		b.Quiet(10 * time.Second)
		a.Quiet(0)
		resume := seen(b, fakeua.Description{Version: 5}, "40200")
		branch := in.Send("INVITE", resume)
		if re := a.Await(2*time.Second, func(m *fakeua.Message) bool { return m.Method() == "INVITE" }); re != nil {
			out.Invite = re
			out.Respond(200, "OK", seen(a, fakeua.Description{Version: 5, Setup: "active"}, "40100"))
			out.Acked()
		}
		if res := in.Final("INVITE", branch); res.Status() != 200 || picture(res) != "on" {
			t.Errorf("the resume is answered with\n%s", res.Raw)
		}
		in.Ack("")
		b.Idle(10 * time.Second)
		for i := range 2 {
			s := g.studio.nth(i).agreed()
			if l := s.Line(sdp.KindVideo, 0); l == nil || s.Remote.Held || l.Direction != sdp.SendRecv {
				t.Errorf("leg %d: %+v of %+v", i, l, s)
			}
		}
		out.Bye()
		in.Hung()
	})
}
