package transport

import (
	"context"
	"net/http"
	"net/netip"
	"testing"
	"time"

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
	age := func() {
		u.current.mu.Lock()
		for _, p := range u.current.paths {
			p.won = Now() - int64(consentLife) - 1
		}
		u.current.mu.Unlock()
	}
	c.hear(false)
	eventually(t, "no way any more", func() bool {
		age()
		u.current.look()
		return !aimed()
	})
	if m.Counters().ConsentLost != 1 {
		t.Errorf("%d times lost", m.Counters().ConsentLost)
	}
	c.hear(true)
	eventually(t, "a way again", func() bool {
		u.current.look()
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

// sure waits until a far end has a pair that it has answered on.
func (c *rawClient) sure(t *testing.T, s *iceSession) {
	t.Helper()
	eventually(t, "a pair that is sure", func() bool {
		c.nominate(t, 1<<30)
		s.mu.Lock()
		defer s.mu.Unlock()
		p := s.paths[s.chosen]
		return p != nil && p.valid && p.won != 0
	})
}

// newConsent returns a far end with a pair that is sure, and the session it is in.
func newConsent(t *testing.T) (*Mux, *peerUnderTest, *rawClient, *iceSession) {
	t.Helper()
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, false)
	c := newRawClient(t, m.Addrs()[0], u.ICE())
	if err := u.Connect(c.remote(sdp.Passive)); err != nil {
		t.Fatal(err)
	}
	c.sure(t, u.current)
	return m, u, c, u.current
}

// won returns when the far end last answered on the pair in use.
func (s *iceSession) won() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paths[s.chosen].won
}

// While a call lasts, each is sure of the other without the agent, which is dead here:
// what the far end asks is answered by who reads the socket, and what we ask is answered
// by it.
func TestConsentGoesOnWithoutTheAgent(t *testing.T) {
	m, _, c, s := newConsent(t)
	_ = s.agent.GracefulClose()
	before := c.answered()
	eventually(t, "answers", func() bool {
		c.nominate(t, 1<<30)
		return c.answered() >= before+10
	})
	last := s.won()
	s.look()
	eventually(t, "an answer to what we ask", func() bool { return s.won() > last })

	unproven := m.Counters().STUNUnproven
	forged := c.nomination(t, 1<<30)
	forged[len(forged)-9] ^= 1 // the last octet of MESSAGE-INTEGRITY
	s.mu.Lock()
	d := datagram{b: forged, from: s.chosen, via: s.paths[s.chosen].via}
	s.mu.Unlock()
	if p, _ := peekSTUN(forged); !s.answerConsent(p, d) {
		t.Error("a forged check is handed to the agent")
	}
	if m.Counters().STUNUnproven != unproven+1 {
		t.Error("a forged check was answered, or not counted")
	}
}

// What we ask says of us what the agent said: the far end would take another role, or
// another tie-breaker, for a conflict (RFC 8445 §7.3.1.1).
func TestWhatWeAskIsWhatTheAgentAsked(t *testing.T) {
	_, _, c, s := newConsent(t)
	asked := make(chan stunPeek, 100)
	c.tell(func(p stunPeek) {
		p.username = []byte(string(p.username))
		select {
		case asked <- p:
		default:
		}
	})
	_ = s.agent.GracefulClose()
	s.mu.Lock()
	as := s.as
	s.mu.Unlock()
	s.look()
	select {
	case p := <-asked:
		if p.as != as || as.role != attrControlled || as.tie == 0 || as.priority == 0 || p.strange ||
			string(p.username) != c.own.Ufrag+":"+c.their.Ufrag {
			t.Errorf("%+v, the agent said %+v", p, as)
		}
	case <-time.After(patience):
		t.Fatal("nothing is asked")
	}
}

// Who answers what we ask with another password, or from elsewhere, is not believed.
func TestForgedAnswersAreNoConsent(t *testing.T) {
	m, _, c, s := newConsent(t)
	_ = s.agent.GracefulClose()
	c.hear(false)
	c.tell(func(p stunPeek) {
		if b, err := answerSTUN(&stun.Message{TransactionID: p.id}, c.to, "not the one that was described"); err == nil {
			_, _ = c.conn.WriteToUDPAddrPort(b, c.to)
		}
	})
	last, unproven := s.won(), m.Counters().STUNUnproven
	s.look()
	eventually(t, "the answer counted", func() bool { return m.Counters().STUNUnproven > unproven })
	if s.won() != last {
		t.Error("a forged answer is consent")
	}
}

// Who gives no sign is told as disconnected, then as failed, and is asked no more; one who
// gives a sign between is connected again.
func TestSilenceIsTold(t *testing.T) {
	_, u, c, s := newConsent(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := <-c.hello(ctx, t); err != nil {
		t.Fatal(err)
	}
	eventually(t, "connected", func() bool { return u.has(PeerConnected) })
	_ = s.agent.GracefulClose()
	c.hear(false)
	silent := func(d time.Duration) {
		s.mu.Lock()
		s.consent.sign = Now() - int64(d)
		s.paths[s.chosen].at = s.consent.sign
		s.mu.Unlock()
		s.look()
	}
	for _, tt := range []struct {
		silent time.Duration
		want   PeerState
	}{
		{iceDisconnected - time.Second, PeerConnected},
		{iceDisconnected + time.Second, PeerDisconnected},
		{0, PeerConnected},
		{iceDisconnected + iceFailed + time.Second, PeerFailed},
	} {
		silent(tt.silent)
		if got := u.Stats().State; got != tt.want {
			t.Errorf("silent for %v: %v, want %v", tt.silent, got, tt.want)
		}
	}
	if got := u.Stats().Reason; got != "ICE: no answer to checks" {
		t.Errorf("reason %q", got)
	}
	if s.mayCheck(check{session: s, to: s.chosen}, transactionID{1}) {
		t.Error("who has failed is asked")
	}
}

// Who never has a pair has failed, and was never disconnected.
func TestNoPairAtAllIsAFailure(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, false)
	c := newRawClient(t, m.Addrs()[0], u.ICE())
	if err := u.Connect(c.remote(sdp.Passive)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		silent time.Duration
		want   PeerState
	}{{iceDisconnected + time.Second, PeerNew}, {iceDisconnected + iceFailed + time.Second, PeerFailed}} {
		s := u.current
		s.mu.Lock()
		s.consent.sign = Now() - int64(tt.silent)
		s.mu.Unlock()
		s.look()
		if got := u.Stats().State; got != tt.want {
			t.Errorf("silent for %v: %v, want %v", tt.silent, got, tt.want)
		}
	}
}

// What is not plainly consent is the agent's.
func TestWhatIsNotConsentIsTheAgents(t *testing.T) {
	_, _, c, s := newConsent(t)
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
		if got := s.answerConsent(p, datagram{b: tt.b, from: tt.from, via: d.via}); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.what, got, tt.want)
		}
	}
}
