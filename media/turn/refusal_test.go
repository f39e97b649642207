package turn

import (
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// TestCredentialsThatAreNotGoodAreNamed: whoever looks why there is no relay, a browser's
// icecandidateerror say, finds 401 and not that the request was bad, and a nonce to begin
// anew with (RFC 8489 §9.2.4).
func TestCredentialsThatAreNotGoodAreNamed(t *testing.T) {
	h := open(t)
	for name, spoil := range map[string]func(g *guest){
		"a wrong password":    func(g *guest) { g.password += "x" },
		"an old name":         func(g *guest) { g.user, g.password = h.Credentials("201", time.Now().Add(-Life-time.Minute)) },
		"a name without time": func(g *guest) { g.user, g.password = "201", h.password("201") },
	} {
		g := h.guest(t, "201")
		user, password, before := g.user, g.password, h.Counters().Unauthorized
		spoil(g)
		refused := g.ask(stun.MethodAllocate)
		if c := code(refused); c != 401 || g.nonce.GetFrom(refused) != nil {
			t.Fatalf("%s is answered with %d", name, c)
		}
		if n := h.Counters().Unauthorized - before; n != 1 {
			t.Errorf("%s is counted %d times", name, n)
		}
		g.user, g.password = user, password
		if c := code(g.ask(stun.MethodAllocate)); c != 200 {
			t.Errorf("after %s what is good is answered with %d", name, c)
		}
	}
}

// TestWhatIsNotToBeHadIsNamed so that a client does not come back for it (RFC 8656 §7.2).
func TestWhatIsNotToBeHadIsNamed(t *testing.T) {
	h := open(t)
	transport := func(n byte) stun.RawAttribute {
		return stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{n, 0, 0, 0}} // the first counts
	}
	family := func(n byte) stun.RawAttribute {
		return stun.RawAttribute{Type: stun.AttrRequestedAddressFamily, Value: []byte{n, 0, 0, 0}}
	}
	for name, c := range map[string]struct {
		want stun.Setter
		code int
	}{
		"TCP": {transport(6), 442}, "SCTP": {transport(132), 442}, "IPv6": {family(2), 440}, "no family": {family(9), 440}, "IPv4": {family(1), 200}, "UDP": {transport(17), 200},
	} {
		if got := code(h.guest(t, name).ask(stun.MethodAllocate, c.want)); got != c.code {
			t.Errorf("%s is answered with %d, want %d", name, got, c.code)
		}
	}
}
