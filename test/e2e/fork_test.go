package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/test/fakeua"
)

// branchOf is a further dialog that an INVITE has made behind a proxy that forks (RFC
// 3261 §12.1).
func branchOf(in *fakeua.Call, tag string) *fakeua.Call {
	c := *in
	c.Tag, c.Local = tag, in.Invite.Field("To")+";tag="+tag
	return &c
}

// A proxy rings one after the other, and each may send an announcement: whoever began
// last is heard, and whoever repeats what he has said before is not heard again.
func TestTheForkThatBeganLastIsHeard(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		first := b.Incoming()
		second, third := branchOf(first, "second"), branchOf(first, "third")
		heard := func(when string, want uint16) {
			t.Helper()
			a.Idle(100 * time.Millisecond)
			if got := g.studio.nth(1).agreed().Remote.RTP.Port(); got != want {
				t.Errorf("%s: port %d is heard, want %d", when, got, want)
			}
		}
		early := func(c *fakeua.Call, version, port int) {
			c.Respond(183, "Session Progress", b.Describe(fakeua.Description{Port: port, Version: version}))
		}
		early(first, 1, 41000)
		out.Response(183)
		heard("the first", 41000)
		early(first, 2, 41010)
		heard("the first from another address", 41010)
		early(second, 1, 42000)
		heard("the second", 42000)
		early(first, 2, 41010)
		heard("the first repeats itself", 42000)
		early(first, 3, 41020)
		heard("the first has moved, and is not heard", 42000)
		third.Respond(200, "OK", b.Describe(fakeua.Description{Port: 43000}))
		third.Acked()
		heard("the third has answered", 43000)
		early(second, 3, 42020)
		heard("too late", 43000)
		out.Answered()
		out.Bye()
		third.Hung()
	})
}

// What a reliable response has answered is not answered again (RFC 3262 §5).
func TestAReliableAnswerIsNotReplacedByAnUnreliableOne(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Reliable(183, "Session Progress", b.Describe(fakeua.Description{Port: 41000}), 7)
		in.Pracked()
		out.Response(183)
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{Port: 41010, Version: 2}))
		a.Idle(time.Second)
		in.Respond(200, "OK", b.Describe(fakeua.Description{Port: 41020, Version: 3}))
		in.Acked()
		out.Answered()
		if got := g.studio.nth(1).agreed().Remote.RTP.Port(); got != 41000 {
			t.Errorf("port %d is heard, want 41000", got)
		}
		out.Bye()
		in.Hung()
	})
}

// A reliable response whose description nobody can read has answered nothing: the 200's
// counts.
func TestAReliableAnswerThatIsNoneSettlesNothing(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Reliable(183, "Session Progress", strings.Replace(b.Describe(fakeua.Description{Port: 41000}), "m=audio", "m=text", 1), 7)
		in.Pracked()
		a.Idle(time.Second)
		in.Respond(200, "OK", b.Describe(fakeua.Description{Port: 41010, Version: 2}))
		in.Acked()
		out.Answered()
		if got := g.studio.nth(1).agreed().Remote.RTP.Port(); got != 41010 {
			t.Errorf("port %d is heard, want 41010", got)
		}
		out.Bye()
		in.Hung()
	})
}

// The first answer of a fork that comes over DTLS or ICE stays: one leg has one far end of
// these.
func TestABrowsersForksAreHeardOnlyOnceAnswered(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.browser("1002")
		out := a.Invite("1002", fakeua.Invitation{})
		first := b.Incoming()
		second := branchOf(first, "second")
		first.Respond(183, "Session Progress", b.Describe(fakeua.Description{Setup: "active"}))
		out.Response(183)
		prepared := g.studio.nth(1).prepared
		second.Respond(183, "Session Progress", b.Describe(fakeua.Description{Setup: "active", Version: 7}))
		a.Idle(time.Second)
		if n := g.studio.nth(1).prepared; n != prepared {
			t.Errorf("%d descriptions were taken, want %d", n, prepared)
		}
		first.Accept()
		out.Answered()
		out.Bye()
		first.Hung()
	})
}

// Each fork encrypts by a key of its own, and is heard under that one; ours is the same in
// each (RFC 4568 §7.2).
func TestForksHaveKeysOfTheirOwn(t *testing.T) {
	inBubbleWith(t, wishing(map[string]sdp.Secure{"1002": sdp.SecurePrefer}), func(g *gateway) {
		a, b := g.phone("1001", 11), g.secured("1002")
		out := a.Invite("1002", fakeua.Invitation{})
		first := b.Incoming()
		second := branchOf(first, "second")
		answer := func(key string, port int) string {
			return strings.Replace(keyed(b, "RTP/AVP", key, fakeua.Description{Port: port}), "a=crypto:1 ", "a=crypto:2 ", 1)
		}
		leg := g.studio.nth(1)
		first.Reliable(183, "Session Progress", answer(phoneKey, 41000), 7)
		first.Pracked()
		out.Response(183)
		one := leg.agreed().Security
		second.Reliable(183, "Session Progress", answer(otherKey, 42000), 3)
		second.Pracked()
		a.Idle(time.Second)
		two := leg.agreed().Security
		if one.Keying != sdp.SDES || two.Keying != sdp.SDES || one.Theirs.Key == two.Theirs.Key || one.Ours != two.Ours {
			t.Errorf("agreed on %+v, then on %+v", one, two)
		}
		first.Respond(200, "OK", "")
		first.Acked()
		out.Answered()
		if won := leg.agreed(); won.Security != one || won.Remote.RTP.Port() != 41000 {
			t.Errorf("the first has answered, and %+v is agreed on", won)
		}
		out.Bye()
		first.Hung()
	})
}
