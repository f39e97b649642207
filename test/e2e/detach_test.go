package e2e

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakeua"
)

// sides lets a test be done with the browser as the caller and as the callee: tab
// has the call c, other the call o.
func sides(t *testing.T, fn func(t *testing.T, g *gateway, tab *fakeua.UA, c, o *fakeua.Call)) {
	t.Helper()
	for _, caller := range []bool{true, false} {
		t.Run(map[bool]string{true: "the caller", false: "the callee"}[caller], func(t *testing.T) {
			inTransfer(t, func(g *gateway) {
				tab, other := g.browser("1001"), g.phone("1002", 12)
				var c, o *fakeua.Call
				if caller {
					c, o = g.talk(tab, other)
				} else {
					o, c = g.talk(other, tab)
				}
				fn(t, g, tab, c, o)
			})
		})
	}
}

func TestASocketThatIsGoneFor20SecondsCostsNothing(t *testing.T) {
	sides(t, func(t *testing.T, g *gateway, tab *fakeua.UA, c, o *fakeua.Call) {
		tab.Close()
		o.UA.Quiet(20 * time.Second)
		if e := g.seen.last(bridge.Detached); e.Party.User != "1001" {
			t.Errorf("event %+v", e)
		}
		tab.Reconnect(g.layer)
		tab.Online()
		o.UA.Quiet(40 * time.Second)
		if e := g.seen.last(bridge.Back); e.Party.User != "1001" {
			t.Errorf("event %+v", e)
		}
		// The browser restarts ICE on its new address.
		restart := strings.ReplaceAll(tab.Describe(fakeua.Description{Version: 4}), fakeua.Ufrag, "nEwU")
		if res := c.Do("INVITE", restart); res.Status() != 200 {
			t.Errorf("an ICE restart is answered with\n%s", res.Raw)
		}
		c.Bye()
		o.Hung()
	})
}

func TestWhoDoesNotComeBackLosesTheCall(t *testing.T) {
	sides(t, func(t *testing.T, g *gateway, tab *fakeua.UA, _, o *fakeua.Call) {
		began := time.Now()
		tab.Close()
		bye := o.Hung()
		if took := time.Since(began).Round(time.Second); took != 30*time.Second {
			t.Errorf("ended after %v, want 30 s", took)
		}
		field(t, bye, "Reason", "Q.850;cause=27")
		if e := g.seen.last(bridge.Ended); !strings.Contains(e.Text, "did not come back") {
			t.Errorf("event %+v", e)
		}
	})
}

func TestDetachIsAsLongAsConfigured(t *testing.T) {
	inBubbleWith(t, func(c *leg.Config, _ *bridge.Config) { c.Detach = 5 * time.Second }, func(g *gateway) {
		tab, other := g.browser("1001"), g.phone("1002", 12)
		_, o := g.talk(tab, other)
		began := time.Now()
		tab.Close()
		o.Hung()
		if took := time.Since(began).Round(time.Second); took != 5*time.Second {
			t.Errorf("ended after %v, want 5 s", took)
		}
	})
}

func TestAByeWaitsForTheDevice(t *testing.T) {
	sides(t, func(t *testing.T, g *gateway, tab *fakeua.UA, c, o *fakeua.Call) {
		tab.Close()
		o.UA.Idle(5 * time.Second)
		o.Bye()
		o.UA.Idle(10 * time.Second)
		tab.Reconnect(g.layer)
		tab.Online()
		c.Hung()
	})
}

func TestAByeThatNobodyTakesIsForgotten(t *testing.T) {
	sides(t, func(_ *testing.T, _ *gateway, tab *fakeua.UA, _, o *fakeua.Call) {
		tab.Close()
		o.UA.Idle(5 * time.Second)
		o.Bye()
	})
}

func TestAByeThatIsLostWithItsSocketIsSentAgain(t *testing.T) {
	sides(t, func(t *testing.T, g *gateway, tab *fakeua.UA, c, o *fakeua.Call) {
		o.Bye()
		c.Request("BYE") // and before it is answered:
		tab.Close()
		tab.Reconnect(g.layer)
		tab.Online()
		c.Hung()
	})
}

func TestATransferGoesOnWhileItsSenderIsAway(t *testing.T) {
	sides(t, func(t *testing.T, g *gateway, tab *fakeua.UA, c, o *fakeua.Call) {
		target := g.phone("1003", 13)
		refer(t, c, 202, "<sip:1003@"+domain+">")
		notified(t, c, 100)
		tab.Close()
		in := target.Incoming()
		in.Ring()
		in.Accept()
		tab.Idle(500 * time.Millisecond)
		tab.Reconnect(g.layer)
		tab.Online()
		for last := ""; !strings.Contains(last, " 200 "); { // 180 too, or what was lost again
			n := c.Request("NOTIFY")
			tab.Answer(n, 200, "OK")
			last = n.Body()
		}
		c.Hung()
		o.Bye()
		in.Hung()
	})
}

func TestAReloadedPageTakesItsDetachedCallBack(t *testing.T) {
	sides(t, func(t *testing.T, g *gateway, tab *fakeua.UA, c, o *fakeua.Call) {
		tab.Close()
		o.UA.Idle(3 * time.Second)
		page := g.browser("1001") // of another instance: it was loaded anew
		page.Quiet(2 * time.Second)
		back := replacedBy(page, c)
		back.Answered()
		o.UA.Quiet(40 * time.Second)
		back.Bye()
		o.Hung()
	})
}

func TestADetachedDialogIsOfNoUseToOthers(t *testing.T) {
	sides(t, func(t *testing.T, g *gateway, tab *fakeua.UA, c, o *fakeua.Call) {
		tab.Close()
		for _, thief := range []*fakeua.UA{g.browser("1003"), g.browser("1001")} { // another user, another device
			s := c.Spoof(thief)
			for _, method := range []string{"BYE", "INFO", "REFER"} {
				s.Seq += 100
				if res := s.Do(method, "", "Refer-To: <sip:1003@"+domain+">"); res.Status() != 481 {
					t.Errorf("%s is answered with\n%s", method, res.Raw)
				}
			}
		}
		o.UA.Quiet(10 * time.Second)
		o.UA.Patience = 0
		o.Hung()
	})
}

func TestMediaThatReturnsKeepsTheCall(t *testing.T) {
	sides(t, func(t *testing.T, g *gateway, tab *fakeua.UA, c, o *fakeua.Call) {
		web := g.studio.nth(0)
		if web.options.Toward != tab.Far().Remote().Addr() {
			web = g.studio.nth(1)
		}
		web.options.Events.Connected()
		tab.Idle(time.Second)
		web.hears(time.Now())
		web.options.Events.Lost() // the network has changed; the socket has not noticed yet
		o.UA.Quiet(20 * time.Second)
		if res := c.Do("INVITE", strings.ReplaceAll(tab.Describe(fakeua.Description{Version: 4}), fakeua.Ufrag, "nEwU")); res.Status() != 200 {
			t.Errorf("an ICE restart is answered with\n%s", res.Raw)
		}
		web.hears(time.Now())
		o.UA.Quiet(40 * time.Second)
		web.options.Events.Lost()
		began := time.Now()
		field(t, o.Hung(), "Reason", "No media")
		if took := time.Since(began).Round(time.Second); took != 30*time.Second {
			t.Errorf("ended after %v, want 30 s", took)
		}
		c.Hung()
	})
}

func TestAFlappingSocketLeavesNothing(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		tab, other := g.browser("1001"), g.phone("1002", 12)
		c, o := g.talk(tab, other)
		for i := range 60 {
			tab.Close()
			tab.Idle(time.Duration(i%25) * time.Second)
			tab.Reconnect(g.layer)
			tab.Online()
			if i%3 == 0 {
				if res := c.Do("UPDATE", ""); res.Status() != 200 {
					t.Fatalf("UPDATE %d is answered with\n%s%s", i, res.Raw, g.seen.kinds())
				}
			}
			tab.Idle(2 * time.Second)
			tab.Forget()
		}
		if got := strings.Count(g.seen.kinds(), "detached"); got != strings.Count(g.seen.kinds(), "back") {
			t.Errorf("%d times away: %s", got, g.seen.kinds())
		}
		o.Bye()
		c.Hung()
	})
}

func TestATrunksConnectionIsOpenedAgain(t *testing.T) {
	overTCP := func(c *leg.Config, b *bridge.Config) {
		c.Trunks = trunk.New([]trunk.Config{{
			Name: "carrier", Host: "carrier.example", Port: 5060, Transport: "tcp", Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.200/32")},
		}}, trunk.Deps{Domain: domain})
		b.Plan = mustPlan(t, transferPlan)
	}
	inBubbleWith(t, overTCP, func(g *gateway) {
		carrier := fakeua.On(t, "carrier", nil)
		connect := func() *flowtest.Pair {
			pair := flowtest.NewPair(flow.TCP, g.layer, carrier, nil)
			g.places.connected(netip.MustParseAddrPort(carrierAddr), pair.A)
			carrier.Connect(pair.B)
			carrier.Contact = "sip:carrier@" + carrierAddr + ";transport=tcp"
			return pair
		}
		first := connect()
		a := g.browser("1001")
		out := a.Invite("4055501", fakeua.Invitation{})
		in := carrier.Incoming()
		in.Accept()
		out.Answered()
		first.Close()
		a.Quiet(time.Minute) // it is not missed until it is needed
		second := connect()
		out.Bye()
		if bye := in.Hung(); bye.Flow.Key() != second.B.Key() {
			t.Errorf("BYE did not come on the new connection")
		}
		second.Close()
	})
}
