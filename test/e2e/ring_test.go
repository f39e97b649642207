package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

func TestAllDevicesRingAndTheLosersAreTold(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		desk, tab, old := g.phone("1002", 12), g.browser("1002"), g.phone("1002", 13)
		out := a.Invite("1002", fakeua.Invitation{})
		d, b, o := desk.Incoming(), tab.Incoming(), old.Incoming()
		d.Ring()
		b.Ring()
		o.Respond(100, "Trying", "")
		out.Response(180)
		b.Accept()
		out.Answered()
		for _, loser := range []*fakeua.Call{d, o} {
			cancel := loser.Canceled()
			field(t, cancel, "Reason", `SIP;cause=200;text="Call completed elsewhere"`)
			field(t, cancel, "Reason", "Q.850;cause=26")
		}
		for _, u := range []*fakeua.UA{a, desk, tab, old} {
			u.Quiet(10 * time.Second)
		}
		out.Bye()
		b.Hung()
	})
}

func TestEachDeviceGetsACallIDOfItsOwn(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		x, y := g.phone("1002", 12), g.phone("1003", 13)
		out := a.Invite("30", fakeua.Invitation{})
		c, d := x.Incoming(), y.Incoming()
		if c.ID == d.ID || c.ID == out.ID {
			t.Errorf("Call-IDs %s, %s, %s", out.ID, c.ID, d.ID)
		}
		c.Refuse(486, "Busy Here")
		d.Accept()
		out.Answered()
		out.Bye()
		d.Hung()
	})
}

func TestTwoAnswerAtOnce(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.browser("1001")
		x, y := g.phone("1002", 12), g.phone("1003", 13)
		out := a.Invite("30", fakeua.Invitation{})
		c, d := x.Incoming(), y.Incoming()
		d.Ring()
		c.Accept()
		y.Answer(d.Request("CANCEL"), 481, "Call/Transaction Does Not Exist") // it has answered too
		d.Respond(200, "OK", y.Describe(fakeua.Description{}))
		d.Acked()
		bye := d.Hung()
		field(t, bye, "Reason", "elsewhere")
		out.Answered()
		y.Quiet(40 * time.Second)
		out.Bye()
		c.Hung()
	})
}

func TestAForkBehindAPhoneThatAnswersTwice(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		second := *in
		second.Tag = "second"
		second.Local = in.Invite.Field("To") + ";tag=second"
		in.Ring()
		second.Ring()
		second.Respond(183, "Session Progress", b.Describe(fakeua.Description{Port: 42000}))
		out.Response(180)
		out.Response(183)
		in.Respond(200, "OK", b.Describe(fakeua.Description{Port: 41000}))
		in.Acked()
		if got := g.studio.nth(1).agreed().Remote.RTP.Port(); got != 41000 {
			t.Errorf("media goes to port %d, want the winner's 41000", got)
		}
		second.Respond(200, "OK", b.Describe(fakeua.Description{Port: 42000}))
		ack := b.Next("ACK to the second", func(m *fakeua.Message) bool { return m.Method() == "ACK" && m.ToTag() == "second" })
		second.Respond(200, "OK", b.Describe(fakeua.Description{Port: 42000}))
		bye := b.Next("BYE to the second", func(m *fakeua.Message) bool { return m.Method() == "BYE" && m.ToTag() == "second" })
		b.Answer(bye, 200, "OK")
		b.Quiet(time.Second)
		if n := b.Repeats(ack); n != 1 {
			t.Errorf("the second's ACK was repeated %d times, want 1", n)
		}
		if got := g.studio.nth(1).agreed().Remote.RTP.Port(); got != 41000 {
			t.Errorf("media goes to port %d after the second answer, want 41000", got)
		}
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestAGlobalRefusalStopsTheRinging(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		x, y := g.phone("1002", 12), g.phone("1003", 13)
		out := a.Invite("30", fakeua.Invitation{})
		c, d := x.Incoming(), y.Incoming()
		d.Ring()
		out.Response(180)
		c.Refuse(603, "Decline")
		for _, r := range d.Canceled().Fields("Reason") {
			if strings.Contains(r, "elsewhere") {
				t.Errorf("nobody has answered, yet the CANCEL says %s", r)
			}
		}
		out.Response(603)
	})
}

func TestTheBestOfSeveralRefusalsIsPassedOn(t *testing.T) {
	for _, c := range []struct {
		name        string
		first, then int
		want        int
	}{
		{"busy before unavailable", 480, 486, 486},
		{"four hundreds before five hundreds", 503, 404, 404},
		{"busy before a timeout", 486, 0, 486},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				a := g.phone("1001", 11)
				x, y := g.phone("1002", 12), g.phone("1003", 13)
				out := a.Invite("30", fakeua.Invitation{})
				x.Incoming().Refuse(c.first, "No")
				in := y.Incoming()
				if c.then != 0 {
					in.Refuse(c.then, "No")
				} else {
					in.Ring()
					in.Canceled()
					out.Response(180)
				}
				out.Response(c.want)
			})
		})
	}
}

func TestDialTriesOneAfterTheOther(t *testing.T) {
	t.Run("after a timeout", func(t *testing.T) {
		inBubble(t, func(g *gateway) {
			a := g.phone("1001", 11)
			x, y := g.phone("1002", 12), g.phone("1003", 13)
			out := a.Invite("31", fakeua.Invitation{})
			c := x.Incoming()
			y.Quiet(9 * time.Second)
			c.Ring()
			c.Canceled()
			d := y.Incoming()
			d.Accept()
			out.Response(180)
			out.Answered()
			out.Bye()
			d.Hung()
		})
	})
	t.Run("not after busy", func(t *testing.T) {
		inBubble(t, func(g *gateway) {
			a := g.phone("1001", 11)
			x, y := g.phone("1002", 12), g.phone("1003", 13)
			out := a.Invite("31", fakeua.Invitation{})
			x.Incoming().Refuse(486, "Busy Here")
			out.Response(486)
			y.Quiet(time.Second)
		})
	})
	t.Run("after busy where next_on says so", func(t *testing.T) {
		inBubble(t, func(g *gateway) {
			a := g.phone("1001", 11)
			x, y := g.phone("1002", 12), g.phone("1003", 13)
			out := a.Invite("32", fakeua.Invitation{})
			x.Incoming().Refuse(486, "Busy Here")
			y.Incoming().Refuse(480, "No")
			out.Response(480)
		})
	})
	t.Run("then the row goes on", func(t *testing.T) {
		inBubble(t, func(g *gateway) {
			a := g.phone("1001", 11)
			x := g.phone("1002", 12)
			out := a.Invite("500", fakeua.Invitation{})
			x.Incoming().Refuse(486, "Busy Here")
			if res := out.Response(404); res.Reason() != "Nobody left" {
				t.Errorf("reason %q", res.Reason())
			}
		})
	})
}

func TestOnesOwnOtherDevicesRing(t *testing.T) {
	inBubble(t, func(g *gateway) {
		desk, tab := g.phone("1001", 11), g.browser("1001")
		out := tab.Invite("1001", fakeua.Invitation{})
		in := desk.Incoming()
		in.Accept()
		out.Answered()
		tab.Quiet(time.Second)
		out.Bye()
		in.Hung()
	})
	inBubble(t, func(g *gateway) {
		tab := g.browser("1001")
		out := tab.Invite("1001", fakeua.Invitation{})
		out.Response(480)
		tab.Quiet(time.Second)
	})
}

func TestElsewhereIsPassedOnFromTheCaller(t *testing.T) {
	inBubble(t, func(g *gateway) {
		pbx, b := g.carrier(), g.phone("1002", 12)
		out := pbx.Invite("+15550100", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		out.Cancel(`Reason: SIP;cause=200;text="Call completed elsewhere"`)
		out.Response(487)
		field(t, in.Canceled(), "Reason", "cause=200")
	})
}

func TestACallAnsweredByTheGatewayGoesOnToSomebody(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		out := a.Invite("604", fakeua.Invitation{})
		out.Answered()
		in := b.Incoming()
		in.Ring()
		in.Accept()
		a.Quiet(time.Second)
		in.Bye()
		out.Hung()
		out = a.Invite("604", fakeua.Invitation{})
		out.Answered()
		b.Incoming().Refuse(486, "Busy Here")
		field(t, out.Hung(), "Reason", "Q.850")
	})
}
