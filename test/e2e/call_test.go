package e2e

import (
	"testing"

	"github.com/tandemgw/tandem/test/fakeua"
)

// kinds are the pairs of user agents that calls are made between.
func kinds(t *testing.T, fn func(t *testing.T, g *gateway, a, b *fakeua.UA)) {
	t.Helper()
	for _, name := range []string{"phone to phone", "browser to phone", "phone to browser", "browser to browser"} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				var a, b *fakeua.UA
				if name[:1] == "p" {
					a = g.phone("1001", 11)
				} else {
					a = g.browser("1001")
				}
				if name[len(name)-5:] == "phone" {
					b = g.phone("1002", 12)
				} else {
					b = g.browser("1002")
				}
				fn(t, g, a, b)
			})
		})
	}
}

func TestACallIsSetUpAndTheCallerHangsUp(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{})
		a.Next("100", func(m *fakeua.Message) bool { return m.Status() == 100 })
		in := b.Incoming()
		in.Ring()
		ringing := out.Response(180)
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{Setup: "active"}))
		early := out.Response(183)
		if early.Body() == "" {
			t.Error("no early media is described")
		}
		in.Accept()
		answer := out.Answered()
		if answer.Body() != early.Body() {
			t.Errorf("200 says\n%s\n183 said\n%s", answer.Body(), early.Body())
		}
		if r, e, s := ringing.ToTag(), early.ToTag(), answer.ToTag(); r == "" || r != e || e != s {
			t.Errorf("To-tags %q, %q, %q of one dialog", r, e, s)
		}
		out.Bye()
		if bye := in.Hung(); bye.Field("Reason") == "" {
			t.Errorf("BYE without a reason:\n%s", bye.Raw)
		}
		if got := g.seen.kinds(); got != "incoming routed calling ringing early answered ended" {
			t.Errorf("events: %s", got)
		}
	})
}

func TestTheCalleeHangsUp(t *testing.T) {
	kinds(t, func(_ *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		in.Bye()
		out.Hung()
	})
}
