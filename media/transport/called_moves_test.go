package transport

import (
	"net/netip"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
)

// A browser that was called is controlled (RFC 8445 §6.1.1): it nominates nothing. When
// its address changes under it, we go on with the one it now checks from, and not before
// the pair in use is silent.
func TestACalledFarEndChangesItsAddress(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, true)
	home, away := newRawClient(t, m.Addrs()[0], u.ICE()), newRawClient(t, m.Addrs()[0], u.ICE())
	if err := u.Connect(home.remote(sdp.Passive)); err != nil {
		t.Fatal(err)
	}
	s, was := u.current, addrOf(home.conn)
	chosen := func() netip.AddrPort {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.chosen
	}
	eventually(t, "at home", func() bool {
		home.check(t, u.ICE().Pwd)
		return chosen() == was
	})
	for i := range 5 {
		home.check(t, u.ICE().Pwd)
		away.check(t, u.ICE().Pwd)
		eventually(t, "answered", func() bool { return away.answered() > i })
	}
	if chosen() != was {
		t.Error("moved while the pair in use was alive")
	}
	_ = home.conn.Close()
	<-home.done
	eventually(t, "moved", func() bool {
		s.mu.Lock()
		if p := s.paths[was]; p != nil {
			p.at = Now() - int64(answered) - 1
		}
		s.mu.Unlock()
		away.check(t, u.ICE().Pwd)
		f := u.flow.Load()
		return away.nominated() && chosen() == addrOf(away.conn) && f != nil && f.addr == addrOf(away.conn)
	})
	third := newRawClient(t, m.Addrs()[0], u.ICE()) // as over another connection, when the first is gone
	gone := addrOf(away.conn)
	_ = away.conn.Close()
	<-away.done
	eventually(t, "answered behind all that was sent before", func() bool {
		third.check(t, u.ICE().Pwd)
		return third.answered() > 0
	})
	u.lose(gone)
	eventually(t, "moved at once", func() bool {
		third.check(t, u.ICE().Pwd)
		f := u.flow.Load()
		return third.nominated() && chosen() == addrOf(third.conn) && f != nil && f.addr == chosen()
	})
}
