package e2e

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

func TestTheCalleesConnectionIsLostWhileItRings(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.browser("1002")
		out := a.Invite("1002", fakeua.Invitation{})
		b.Incoming().Ring()
		out.Response(180)
		b.Close()
		out.Response(480)
	})
}

func TestTheOtherDeviceGoesOnRinging(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.browser("1002"), g.browser("1002")
		out := a.Invite("1002", fakeua.Invitation{})
		b.Incoming().Ring()
		in := c.Incoming()
		b.Close()
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestTheCallersConnectionIsLostWhileItRings(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		a.Close()
		in.Canceled()
	})
}

func TestACallSurvivesTheLossOfASocket(t *testing.T) {
	for _, caller := range []bool{true, false} {
		name := map[bool]string{true: "of the caller", false: "of the callee"}[caller]
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				tab, other := g.browser("1001"), g.phone("1002", 12)
				var c, o *fakeua.Call
				if caller {
					c, o = g.talk(tab, other)
				} else {
					o, c = g.talk(other, tab)
				}
				tab.Close()
				other.Quiet(10 * time.Second)
				tab.Reconnect(g.layer)
				tab.Online()
				if res := c.Do("INVITE", tab.Describe(fakeua.Description{Version: 3})); res.Status() != 200 {
					t.Errorf("a re-INVITE on the new socket is answered with\n%s", res.Raw)
				}
				o.Bye()
				if bye := c.Hung(); bye.Flow.Key() != tab.Flow().Key() {
					t.Error("BYE did not come on the new socket")
				}
			})
		})
	}
}

func TestByeGoesToTheSocketThatTheDeviceHoldsNow(t *testing.T) {
	inBubble(t, func(g *gateway) {
		tab, other := g.browser("1001"), g.phone("1002", 12)
		c, o := g.talk(tab, other)
		tab.Close()
		tab.Reconnect(g.layer)
		tab.Online()
		o.Bye()
		c.Hung()
	})
}

func TestBothSocketsAreGone(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.browser("1001"), g.browser("1002")
		g.talk(a, b)
		a.Close()
		b.Close()
		time.Sleep(time.Minute)
		g.studio.nth(0).options.Events.Lost() // what media does then
	})
}
