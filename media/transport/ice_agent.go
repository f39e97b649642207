package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
	"github.com/tandemgw/tandem/media/sdp"
)

// Timers of ICE. The agent looks at its pairs at every tick: who controls nominates
// then, so that his is short. Who is controlled checks back when he is checked, and
// repeats at a tick what was lost; each costs a message and its HMAC for each pair, for
// as long as a telephone rings, whether or not the session, which paces what goes over
// the wire, lets it go.
const (
	iceTick    = 20 * time.Millisecond
	iceTickLed = 100 * time.Millisecond
)

// maxCandidateText is the longest a=candidate value that is looked at.
const maxCandidateText = 512

var errCredentials = errors.New("ICE credentials are missing or malformed")

// checkCredentials applies RFC 8839 §5.4: 4 to 256 and 22 to 256 ice-chars.
func checkCredentials(i sdp.ICE) error {
	if len(i.Ufrag) < 4 || len(i.Ufrag) > 256 || len(i.Pwd) < 22 || len(i.Pwd) > 256 ||
		strings.Trim(i.Ufrag+i.Pwd, iceChars) != "" {
		return errCredentials
	}
	return nil
}

// start makes the agent and lets it check. controlling counts only where both
// or neither side is lite; else the full one controls (RFC 8445 §6.1.1).
func (s *iceSession) start(remote sdp.ICE, controlling bool) error {
	lite := s.mux.c.Lite
	if lite != remote.Lite {
		controlling = remote.Lite
	}
	agent, err := ice.NewAgentWithOptions(s.options(lite, controlling)...)
	if err != nil {
		return fmt.Errorf("make ICE agent: %w", err)
	}
	s.mu.Lock()
	s.remote, s.theirs, s.agent, s.farRole = remote, newSTUNKey(remote.Pwd), agent, attrControlling
	if controlling {
		s.farRole = attrControlled
	}
	closed := s.closed
	s.mu.Unlock()
	if closed {
		_ = agent.Close()
		return ErrClosed
	}
	if err := s.run(agent, remote, controlling); err != nil {
		return fmt.Errorf("start ICE: %w", err)
	}
	s.watch()
	return nil
}

func (s *iceSession) run(agent *ice.Agent, remote sdp.ICE, controlling bool) error {
	for _, err := range []error{
		agent.OnCandidate(func(ice.Candidate) {}), // gathering insists on one
		agent.OnSelectedCandidatePairChange(func(_, remote ice.Candidate) { s.selected(remote) }),
		agent.SetRemoteICELite(remote.Lite),
		agent.GatherCandidates(),
	} {
		if err != nil {
			return err
		}
	}
	s.addCandidates(remote.Candidates)
	var err error
	if controlling {
		_, err = agent.StartDial(remote.Ufrag, remote.Pwd)
	} else {
		_, err = agent.StartAccept(remote.Ufrag, remote.Pwd)
	}
	return err
}

func (s *iceSession) options(lite, controlling bool) []ice.AgentOption {
	tick := iceTickLed
	if controlling {
		tick = iceTick
	}
	var networks []ice.NetworkType
	for i, n := range [...]ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeUDP6} {
		if s.conns[i] != nil {
			networks = append(networks, n)
		}
	}
	return []ice.AgentOption{
		ice.WithICELite(lite),
		ice.WithLocalCredentials(s.ufrag, s.pwd),
		ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeHost}),
		ice.WithNetworkTypes(networks),
		ice.WithUDPMux(agentMux{s}),
		ice.WithNet(s.mux.net),
		ice.WithInterfaceFilter(func(string) bool { return false }), // the mux is all there is
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled),
		ice.WithDisableActiveTCP(),
		ice.WithRemoteIPFilter(unicast),
		ice.WithCheckInterval(tick),
		ice.WithMaxBindingRequests(uint16((iceDisconnected + iceFailed) / tick)),
		ice.WithKeepaliveInterval(0), // look asks, and tells when nobody answers
		ice.WithDisconnectedTimeout(0),
		ice.WithFailedTimeout(0),
		ice.WithHostAcceptanceMinWait(0),
		ice.WithSrflxAcceptanceMinWait(0),
		ice.WithPrflxAcceptanceMinWait(0),
		ice.WithRelayAcceptanceMinWait(5 * iceTick), // a direct pair is a little later at most
		ice.WithLoggerFactory(pionLog{s.mux.log}),
		ice.WithBindingRequestHandler(s.moves),
	}
}

func unicast(ip net.IP) bool {
	return !ip.IsMulticast() && !ip.IsUnspecified() && !ip.Equal(net.IPv4bcast)
}

// selected takes the pair the agent has chosen.
func (s *iceSession) selected(remote ice.Candidate) {
	addr, err := netip.ParseAddr(remote.Address())
	if err != nil || remote.Port() <= 0 || remote.Port() > 65535 {
		return
	}
	a := unmap(netip.AddrPortFrom(addr, uint16(remote.Port())))
	if sendable(a) {
		s.mu.Lock()
		s.chosen = a
		s.mu.Unlock()
		s.peer.selected(s, s.way(a))
	}
}

// movesAfter is how long the pair in use has to be silent before another one
// that the far end nominates replaces it.
const movesAfter = 3 * time.Second

// moves says whether to follow a nomination of another valid pair. Browsers
// nominate again without a restart when they change networks; RFC 8445 §8.1.1
// knows no such thing, so it is done only when the old pair is dead. It runs
// in the agent's loop and takes no lock of the peer.
func (s *iceSession) moves(m *stun.Message, _, remote ice.Candidate, pair *ice.CandidatePair) bool {
	addr, err := netip.ParseAddr(remote.Address())
	if err != nil || !m.Contains(stun.AttrUseCandidate) || !s.mux.c.Lite && pair.ResponsesReceived() == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.chosen.IsValid() || s.chosen.Addr() == addr.Unmap() && int(s.chosen.Port()) == remote.Port() {
		return false
	}
	p := s.paths[s.chosen] // nil: the connection that it was is gone
	return p == nil || Now()-p.at > int64(movesAfter)
}

// addCandidates gives the agent those candidates of a description that can be
// used. Known ones are passed over by the agent.
func (s *iceSession) addCandidates(values []string) {
	for _, v := range values {
		c, ok := s.usableCandidate(v)
		s.mu.Lock()
		ok = ok && s.signaled < maxPaths && !s.closed
		if ok {
			s.signaled++
		}
		agent := s.agent
		s.mu.Unlock()
		if !ok || agent.AddRemoteCandidate(c) != nil {
			s.mux.count.candidatesRefused.Add(1)
		}
	}
}

// usableCandidate parses a candidate and says whether we may check it: UDP,
// one component (rtcp-mux), an address rather than a name, and not our own.
func (s *iceSession) usableCandidate(v string) (ice.Candidate, bool) {
	if len(v) > maxCandidateText {
		return nil, false
	}
	c, err := ice.UnmarshalCandidate(v)
	if err != nil || !c.NetworkType().IsUDP() || c.Component() != ice.ComponentRTP {
		return nil, false
	}
	addr, err := netip.ParseAddr(c.Address())
	if err != nil || c.Port() <= 0 || c.Port() > 65535 {
		return nil, false
	}
	a := unmap(netip.AddrPortFrom(addr, uint16(c.Port())))
	return c, sendable(a) && !isLinkAddr(a.Addr()) && !s.mux.Owns(a)
}

// iceConn is the socket the agent believes to have, one for each family.
type iceConn struct {
	session *iceSession
	queue   *queue
	local   *net.UDPAddr
}

var (
	_ net.PacketConn           = (*iceConn)(nil)
	_ ice.AddrPortReaderWriter = (*iceConn)(nil)
)

// ReadFromAddrPort waits for the next message that has been verified.
func (c *iceConn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		d, err := c.queue.get()
		if err != nil {
			return 0, netip.AddrPort{}, net.ErrClosed
		}
		if c.session.inspect(d) {
			return copy(b, d.b), d.from, nil
		}
	}
}

// WriteToAddrPort sends, or does not: a check held back counts as lost.
func (c *iceConn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	c.session.send(b, unmap(to))
	return len(b), nil
}

// ReadFrom implements net.PacketConn.
func (c *iceConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromAddrPort(b)
	return n, net.UDPAddrFromAddrPort(from), err
}

// WriteTo implements net.PacketConn.
func (c *iceConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if u, ok := to.(*net.UDPAddr); ok {
		return c.WriteToAddrPort(b, u.AddrPort())
	}
	return len(b), nil
}

// Close implements net.PacketConn.
func (c *iceConn) Close() error { c.queue.close(); return nil }

// LocalAddr implements net.PacketConn.
func (c *iceConn) LocalAddr() net.Addr { return c.local }

// SetDeadline implements net.PacketConn.
func (c *iceConn) SetDeadline(t time.Time) error { c.queue.setReadDeadline(t); return nil }

// SetReadDeadline implements net.PacketConn.
func (c *iceConn) SetReadDeadline(t time.Time) error { c.queue.setReadDeadline(t); return nil }

// SetWriteDeadline implements net.PacketConn. Writes do not wait.
func (c *iceConn) SetWriteDeadline(time.Time) error { return nil }

// agentMux is the ice.UDPMux of one session. It shows the agent one address
// for each family, whatever we announce: the socket is the same for all, so
// more would only multiply the checks.
type agentMux struct{ session *iceSession }

var _ ice.UDPMux = agentMux{}

var errNoFamily = errors.New("no socket of this family")

// GetConn implements ice.UDPMux.
func (m agentMux) GetConn(_ string, addr net.Addr) (net.PacketConn, error) {
	for _, c := range m.session.conns {
		if c != nil && addr.String() == c.local.String() {
			return c, nil
		}
	}
	return nil, errNoFamily
}

// RemoveConnByUfrag implements ice.UDPMux. Sessions remove themselves.
func (m agentMux) RemoveConnByUfrag(string) {}

// GetListenAddresses implements ice.UDPMux.
func (m agentMux) GetListenAddresses() []net.Addr {
	var all []net.Addr
	for _, c := range m.session.conns {
		if c != nil {
			all = append(all, c.local)
		}
	}
	return all
}

// Close implements ice.UDPMux.
func (m agentMux) Close() error { return nil }
