package transport

import (
	"net/netip"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
)

// A far end that only answers checks, as some gateways and services are: we
// control, whoever offered, and nominate.
func TestAFarEndThatIsLiteIsNominatedFor(t *testing.T) {
	for _, offering := range []bool{false, true} {
		m := newTestMux(t, MuxConfig{})
		u := newTestPeer(t, m, offering)
		c := newRawClient(t, m.Addrs()[0], u.ICE())
		r := c.remote(sdp.Passive)
		r.ICE.Lite = true
		r.ICE.Candidates = candidateLines([]netip.AddrPort{addrOf(c.conn)})
		if err := u.Connect(r); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a pair selected", func() bool {
			u.current.mu.Lock()
			defer u.current.mu.Unlock()
			return u.current.chosen == addrOf(c.conn)
		})
		if f := u.flow.Load(); f == nil || f.addr != addrOf(c.conn) {
			t.Errorf("media goes to %v", f)
		}
	}
}
