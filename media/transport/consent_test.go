package transport

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
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

// While a call lasts, what the far end asks to be sure of us is answered by who reads
// the socket; the agent, which is dead here, has no part in it.
func TestConsentIsGivenWithoutTheAgent(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, false)
	c := newRawClient(t, m.Addrs()[0], u.ICE())
	if err := u.Connect(c.remote(sdp.Passive)); err != nil {
		t.Fatal(err)
	}
	s := u.current
	eventually(t, "a pair that is sure", func() bool {
		c.nominate(t, 1<<30)
		s.mu.Lock()
		defer s.mu.Unlock()
		p := s.paths[s.chosen]
		return p != nil && p.valid && p.won != 0
	})
	_ = s.agent.GracefulClose()
	stays := func() { // as if the agent had its answers
		s.mu.Lock()
		s.paths[s.chosen].won = Now()
		s.mu.Unlock()
	}
	before := c.answered()
	eventually(t, "answers", func() bool {
		stays()
		c.nominate(t, 1<<30)
		return c.answered() >= before+10
	})
	unproven := m.Counters().STUNUnproven
	stays()
	forged := c.nomination(t, 1<<30)
	forged[len(forged)-9] ^= 1 // the last octet of MESSAGE-INTEGRITY
	if p, _ := peekSTUN(forged); !s.consent(p, datagram{b: forged, from: s.chosen, via: s.paths[s.chosen].via}) {
		t.Error("a forged check is handed to the agent")
	}
	if m.Counters().STUNUnproven != unproven+1 {
		t.Error("a forged check was answered, or not counted")
	}
}

// What is not plainly consent is the agent's.
func TestWhatIsNotConsentIsTheAgents(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, false)
	c := newRawClient(t, m.Addrs()[0], u.ICE())
	if err := u.Connect(c.remote(sdp.Passive)); err != nil {
		t.Fatal(err)
	}
	s := u.current
	eventually(t, "a pair that is sure", func() bool {
		c.nominate(t, 1<<30)
		s.mu.Lock()
		defer s.mu.Unlock()
		p := s.paths[s.chosen]
		return p != nil && p.valid && p.won != 0
	})
	s.mu.Lock()
	own := s.paths[s.chosen]
	d := datagram{from: s.chosen, via: own.via}
	s.mu.Unlock()
	build := func(more ...stun.Setter) []byte {
		all := append([]stun.Setter{stun.BindingRequest, stun.TransactionID}, more...)
		b, err := stun.Build(append(all, stun.NewShortTermIntegrity(s.pwd), stun.Fingerprint)...)
		if err != nil {
			t.Fatal(err)
		}
		return b.Raw
	}
	name := stun.NewUsername(c.their.Ufrag + ":" + c.own.Ufrag)
	nobody := stun.NewUsername(c.their.Ufrag + ":somebodyelse")
	elsewhere := netip.AddrPortFrom(d.from.Addr(), d.from.Port()^1)
	for _, tt := range []struct {
		what string
		b    []byte
		from netip.AddrPort
		won  int64 // how long ago our own check was answered
		want bool
	}{
		{"a check", build(name, ice.AttrControlling(1), ice.PriorityAttr(1)), d.from, 0, true},
		{"with what may be passed over", build(name, ice.AttrControlling(1), stun.RawAttribute{Type: 0xC057, Value: make([]byte, 4)}), d.from, 0, true},
		{"of our own role", build(name, ice.AttrControlled(1)), d.from, 0, false},
		{"of no role", build(name), d.from, 0, false},
		{"with an attribute of 2040", build(name, ice.AttrControlling(1), stun.RawAttribute{Type: 0x7F01, Value: make([]byte, 4)}), d.from, 0, false},
		{"of another generation", build(nobody, ice.AttrControlling(1)), d.from, 0, false},
		{"from another address", build(name, ice.AttrControlling(1)), elsewhere, 0, false},
		{"of one who answers no more", build(name, ice.AttrControlling(1)), d.from, int64(answered) + 1, false},
	} {
		s.mu.Lock()
		own.won = Now() - tt.won
		s.mu.Unlock()
		p, ok := peekSTUN(tt.b)
		if !ok {
			t.Fatalf("%s: cannot be read", tt.what)
		}
		if got := s.consent(p, datagram{b: tt.b, from: tt.from, via: d.via}); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.what, got, tt.want)
		}
	}
}
