package transport

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
)

// A far end that answers no more checks gets no media, though it goes on asking;
// an answer brings it back (RFC 7675 §5.1).
func TestConsentThatExpiresEndsMediaUntilItIsBack(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, false)
	c := newRawClient(t, m.Addrs()[0], u.ICE())
	if err := u.Connect(c.remote(sdp.Passive)); err != nil {
		t.Fatal(err)
	}
	aimed := func() bool { return u.flow.Load() != nil }
	c.nominate(t, 1<<30)
	eventually(t, "a way", aimed)
	hear := func(deaf bool) {
		c.mu.Lock()
		c.deaf = deaf
		c.mu.Unlock()
	}
	age := func() {
		u.current.mu.Lock()
		for _, p := range u.current.paths {
			p.won = Now() - int64(consentLife) - 1
		}
		u.current.mu.Unlock()
	}
	hear(true)
	eventually(t, "no way any more", func() bool {
		age()
		c.check(t, u.ICE().Pwd)
		return !aimed()
	})
	if m.Counters().ConsentLost != 1 {
		t.Errorf("%d times lost", m.Counters().ConsentLost)
	}
	hear(false)
	eventually(t, "a way again", func() bool {
		c.check(t, u.ICE().Pwd)
		return aimed()
	})
}

// A browser whose connection breaks makes another one, and goes on with it.
func TestAnotherConnectionTakesOver(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	shared(t, m)
	defer http.DefaultClient.CloseIdleConnections()
	u := newTestPeer(t, m, false)
	c := newRawClient(t, m.Addrs()[0], u.ICE())
	if err := u.Connect(c.remote(sdp.Passive)); err != nil {
		t.Fatal(err)
	}
	// Two links that lead to the same far end, as two connections would.
	var links [2]*Link
	for i := range links {
		l, err := m.OpenLink(LinkConfig{Kind: "tcp", Mapped: netip.MustParseAddrPort("192.0.2.1:5"), Send: func(b []byte) error {
			c.overLink(t, links[i], b)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		links[i] = l
		defer l.Close()
	}
	at := func() netip.AddrPort {
		if f := u.flow.Load(); f != nil {
			return f.addr
		}
		return netip.AddrPort{}
	}
	links[0].Take(spare(c.nomination(t, 1<<30)))
	eventually(t, "the first in use", func() bool { return at() == links[0].addr && u.Stats().Way == "tcp" })
	links[0].Close()
	if at().IsValid() {
		t.Error("media goes to a connection that is closed")
	}
	eventually(t, "the second in use", func() bool {
		links[1].Take(spare(c.nomination(t, 1)))
		u.current.mu.Lock()
		defer u.current.mu.Unlock()
		return at() == links[1].addr && u.current.chosen == links[1].addr
	})
	if u.has(PeerFailed) {
		t.Errorf("states %v", u.states.all)
	}
}
