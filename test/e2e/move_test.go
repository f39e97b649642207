package e2e

import (
	"net/netip"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// moved is a call's user agent at another address.
func (g *gateway) moved(c *fakeua.Call, user, addr string) *fakeua.Call {
	g.t.Helper()
	u := fakeua.Phone(g.t, g.net, user, addr, g.socket.Addr())
	g.uas = append(g.uas, u)
	return c.Spoof(u)
}

func TestAPhoneThatMovesProvesWhoItIs(t *testing.T) {
	for name, addr := range map[string]string{"another port": "192.0.2.11:6060", "another address": "192.0.2.99:5060"} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				a, b := g.phone("1001", 11), g.browser("1002")
				out, in := g.talk(a, b)
				there := g.moved(out, "1001", addr)
				if res := there.Prove("INVITE", there.UA.Describe(fakeua.Description{Version: 3})); res.Status() != 200 {
					t.Fatalf("answered with\n%s", res.Raw)
				}
				there.Ack("")
				if to := g.studio.nth(0).options.Toward; to != netip.MustParseAddrPort(addr).Addr() {
					t.Errorf("its sound is looked for at %s", to)
				}
				b.Quiet(time.Second)
				if res := there.Do("UPDATE", ""); res.Status() != 200 { // it is known there now
					t.Errorf("answered with\n%s", res.Raw)
				}
				in.Bye()
				there.Hung()
				a.Quiet(time.Second)
			})
		})
	}
}

func TestWhoMovesWithAnotherPasswordIsNotFollowed(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.talk(a, b)
		other := g.moved(out, "1003", "192.0.2.66:5060")
		if res := other.Prove("BYE", ""); res.Status() != 403 {
			t.Errorf("another user's BYE is answered with\n%s", res.Raw)
		}
		guesser := g.moved(out, "1001", "192.0.2.67:5060")
		guesser.UA.Password = "guess"
		if res := guesser.Prove("BYE", ""); res.Status() != 403 {
			t.Errorf("a guesser's BYE is answered with\n%s", res.Raw)
		}
		b.Quiet(time.Second)
		out.Bye()
		in.Hung()
	})
}

func TestAPhoneThatHasRegisteredElsewhereIsFollowed(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.talk(a, b)
		there := g.moved(out, "1001", "192.0.2.98:5060")
		there.UA.Online()
		if res := there.Do("INFO", ""); res.Status() != 200 {
			t.Errorf("answered with\n%s", res.Raw)
		}
		in.Bye()
		there.Hung()
	})
}

func TestATrunkMayUseAllItsAddresses(t *testing.T) {
	inBubble(t, func(g *gateway) {
		pbx, a := g.carrier(), g.phone("1001", 11)
		out := a.Invite("400", fakeua.Invitation{})
		in := pbx.Incoming()
		in.Accept()
		out.Answered()
		if res := g.moved(in, "carrier", "192.0.2.201:5060").Do("BYE", ""); res.Status() != 481 {
			t.Errorf("a stranger's BYE is answered with\n%s", res.Raw)
		}
		g.moved(in, "carrier", "192.0.2.200:5080").Bye()
		out.Hung()
	})
}
