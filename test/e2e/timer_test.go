package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

// timed is a call whose callee answers with these fields.
func (g *gateway) timed(a, b *fakeua.UA, fields ...string) (out, in *fakeua.Call) {
	g.t.Helper()
	a.Patience, b.Patience = time.Hour, time.Hour
	out = a.Invite(b.User, fakeua.Invitation{})
	in = b.Incoming()
	in.Respond(200, "OK", b.Describe(fakeua.Description{Setup: "active"}), fields...)
	in.Acked()
	out.Answered()
	return out, in
}

func TestWeRefreshByUpdateWhereItIsAllowed(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.timed(a, b, "Session-Expires: 1800;refresher=uac", "Require: timer", "Allow: INVITE, ACK, BYE, UPDATE")
		field(t, in.Invite, "Session-Expires", "1800")
		field(t, in.Invite, "Min-SE", "90")
		field(t, in.Invite, "Supported", "timer")
		for range 2 {
			began := time.Now()
			b.Quiet(899 * time.Second)
			update := in.Request("UPDATE")
			if waited := time.Since(began).Round(time.Second); waited != 900*time.Second {
				t.Errorf("refreshed after %v", waited)
			}
			field(t, update, "Session-Expires", "1800;refresher=uac")
			if update.Body() != "" || update.Field("Contact") == "" {
				t.Errorf("the refresh is\n%s", update.Raw)
			}
			in.Reply(update, "", "Session-Expires: 1800;refresher=uac")
		}
		a.Quiet(0) // nothing of it crosses
		out.Bye()
		in.Hung()
	})
}

func TestWeRefreshByTheSameDescriptionElsewhere(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.timed(a, b, "Session-Expires: 600", "Allow: INVITE, ACK, BYE")
		before := in.Invite.Body()
		for range 2 {
			re := in.Reinvited()
			if re.Body() != before {
				t.Errorf("the refresh says\n%s\nwant\n%s", re.Body(), before)
			}
			field(t, re, "Session-Expires", "600;refresher=uac")
			in.Respond(200, "OK", b.Describe(fakeua.Description{Setup: "active"}), "Session-Expires: 600;refresher=uac")
			in.Acked()
		}
		// A hold in between is a new version, and what is refreshed afterwards.
		hold := in.Do("INVITE", b.Describe(fakeua.Description{Version: 5, Direction: "sendonly"}), "Supported: timer", "Session-Expires: 600;refresher=uas")
		field(t, hold, "Session-Expires", "600;refresher=uas")
		re := in.Reinvited()
		if re.Body() != hold.Body() {
			t.Errorf("the refresh says\n%s\nwant\n%s", re.Body(), hold.Body())
		}
		in.Respond(200, "OK", b.Describe(fakeua.Description{Version: 5, Direction: "sendonly", Setup: "active"}))
		in.Acked()
		b.Quiet(time.Hour) // that 200 has ended the session timer
		out.Bye()
		in.Hung()
	})
}

func TestACallerThatRefreshesAndStops(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		// As JsSIP does it: by UPDATE, without a description.
		out := a.Invite("1002", fakeua.Invitation{Fields: []string{"Supported: timer", "Session-Expires: 90"}})
		in := b.Incoming()
		in.Accept()
		ok := out.Answered()
		field(t, ok, "Session-Expires", "90;refresher=uac")
		field(t, ok, "Require", "timer")
		for range 10 {
			a.Quiet(45 * time.Second)
			res := out.Do("UPDATE", "", "Supported: timer", "Session-Expires: 90;refresher=uac")
			field(t, res, "Session-Expires", "90;refresher=uac")
			if res.Status() != 200 || res.Body() != "" {
				t.Fatalf("answered with\n%s", res.Raw)
			}
		}
		began := time.Now()
		field(t, out.Hung(), "Reason", "not refreshed")
		if waited := time.Since(began).Round(time.Second); waited != 60*time.Second { // RFC 4028 §10: a third before its end
			t.Errorf("ended after %v, want 60 s", waited)
		}
		in.Hung()
	})
}

func TestACallThatIsHeardOutlivesItsTimer(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.timed(a, b, "Session-Expires: 90;refresher=uas", "Require: timer")
		g.studio.nth(1).flows(true)
		b.Quiet(10 * time.Minute)
		g.studio.nth(1).flows(false)
		in.Hung()
		out.Hung()
	})
}

func TestARefreshThatIsNotAnswered(t *testing.T) {
	for name, heard := range map[string]bool{"and the far end is silent": false, "but the far end is heard": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				a, b := g.phone("1001", 11), g.phone("1002", 12)
				out, in := g.timed(a, b, "Session-Expires: 200;refresher=uac", "Allow: INVITE, ACK, BYE, UPDATE")
				g.studio.nth(1).flows(heard)
				in.Request("UPDATE")
				b.Idle(31 * time.Second)
				if !heard {
					field(t, out.Hung(), "Reason", "not answered")
					in.Hung()
					return
				}
				update := in.Request("UPDATE")
				in.Reply(update, "", "Session-Expires: 200;refresher=uac")
				a.Quiet(0)
				out.Bye()
				in.Hung()
			})
		})
	}
}

func TestARefreshOfAnUnknownCallEndsIt(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.timed(a, b, "Session-Expires: 200;refresher=uac", "Allow: UPDATE")
		g.studio.nth(1).flows(true)
		b.Answer(in.Request("UPDATE"), 481, "Call/Transaction Does Not Exist")
		in.Hung()
		out.Hung()
	})
}

func TestAnIntervalTooBriefForTheCallee(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		first := b.Incoming()
		first.Refuse(422, "Session Interval Too Small", "Min-SE: 3600")
		in := b.Incoming()
		b.Patience = time.Hour
		field(t, in.Invite, "Session-Expires", "3600")
		field(t, in.Invite, "Min-SE", "3600")
		if seq, _ := in.Invite.CSeq(); seq != 2 || in.ID != first.ID || in.Invite.FromTag() != first.Invite.FromTag() {
			t.Errorf("asked anew with\n%s", in.Invite.Raw)
		}
		in.Respond(200, "OK", b.Describe(fakeua.Description{}), "Session-Expires: 3600;refresher=uac", "Allow: UPDATE")
		in.Acked()
		out.Answered()
		b.Answer(in.Request("UPDATE"), 422, "Session Interval Too Small", "Min-SE: 4000")
		update := in.Request("UPDATE")
		field(t, update, "Session-Expires", "4000;refresher=uac")
		in.Reply(update, "", "Session-Expires: 4000;refresher=uac")
		out.Bye()
		in.Hung()
	})
}

func TestA422WithoutEndIsARefusal(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		for _, least := range []string{"1801", "1802", "1803", "1804", "1805"} {
			b.Incoming().Refuse(422, "Session Interval Too Small", "Min-SE: "+least)
		}
		out.Response(422)
		b.Quiet(time.Second)
	})
}

func TestAnIntervalTooBriefForUs(t *testing.T) {
	change := func(c *leg.Config, _ *bridge.Config) {
		c.Timer = dialog.TimerConfig{Interval: 10 * time.Minute, Min: 2 * time.Minute}
	}
	inBubbleWith(t, change, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{Fields: []string{"Supported: timer", "Session-Expires: 100"}})
		res := out.Response(422)
		field(t, res, "Min-SE", "120")
		field(t, res, "Warning", "calls.timer")
		b.Quiet(time.Second)
		out, in := g.timed(a, b)
		field(t, in.Invite, "Session-Expires", "600")
		for _, method := range []string{"UPDATE", "INVITE"} {
			if res := out.Do(method, "", "Supported: timer", "Session-Expires: 100"); res.Status() != 422 {
				t.Errorf("%s is answered with\n%s", method, res.Raw)
			}
		}
		b.Quiet(time.Hour) // no session timer with either of them
		out.Bye()
		in.Hung()
	})
}

func TestSessionTimersSwitchedOff(t *testing.T) {
	change := func(c *leg.Config, _ *bridge.Config) { c.Timer.Interval = -1 }
	inBubbleWith(t, change, func(g *gateway) {
		a, b := g.phone("1001", 11), g.browser("1002")
		out := a.Invite("1002", fakeua.Invitation{Fields: []string{"Supported: timer"}})
		in := b.Incoming()
		if strings.Contains(in.Invite.Raw, "Session-Expires") {
			t.Errorf("asked for a session timer:\n%s", in.Invite.Raw)
		}
		in.Accept()
		if ok := out.Answered(); ok.Field("Session-Expires") != "" {
			t.Errorf("answered with a session timer:\n%s", ok.Raw)
		}
		out.Bye()
		in.Hung()
	})
}
