package flowtest

import (
	"bytes"
	"fmt"
	"net/netip"
	"sync"

	"github.com/tandemgw/tandem/signaling/flow"
)

// Net is a network of datagram sockets in memory. Datagrams to nobody vanish.
type Net struct {
	mu      sync.Mutex
	sockets map[netip.AddrPort]*Socket // guarded by mu
	filter  Filter
	wg      sync.WaitGroup
}

// NewNet returns a network without sockets. A nil filter lets everything pass.
func NewNet(filter Filter) *Net {
	return &Net{sockets: map[netip.AddrPort]*Socket{}, filter: filter}
}

// Socket is a datagram socket of a Net; like flow.UDP it makes a Flow for each
// remote address.
type Socket struct {
	net    *Net
	number uint64
	addr   netip.AddrPort
	inbox  chan datagram
	once   sync.Once
	closed chan struct{}
}

type datagram struct {
	from netip.AddrPort
	raw  []byte
}

// Listen opens a socket at addr, such as "192.0.2.9:5060"; messages go to h.
func (n *Net) Listen(addr string, h flow.Handler) (*Socket, error) {
	a, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	s := &Socket{
		net: n, number: flow.NextSocket(), addr: a,
		inbox: make(chan datagram, queueLen), closed: make(chan struct{}),
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sockets[a] != nil {
		return nil, fmt.Errorf("listen on %s: address in use", addr)
	}
	n.sockets[a] = s
	n.wg.Go(func() { s.run(h) })
	return s, nil
}

// Flow returns the way from this socket to remote.
func (s *Socket) Flow(remote netip.AddrPort) *flow.Flow {
	var f *flow.Flow
	f = flow.New(flow.Way{
		Kind: flow.UDP, Socket: s.number, Local: s.addr, Remote: remote,
		Send: func(b []byte) error { s.send(f, b); return nil },
	})
	return f
}

func (s *Socket) send(f *flow.Flow, b []byte) {
	if s.net.filter != nil && !s.net.filter(f, b) {
		return
	}
	s.net.mu.Lock()
	far := s.net.sockets[f.Remote()]
	s.net.mu.Unlock()
	if far == nil {
		return
	}
	select {
	case far.inbox <- datagram{s.addr, bytes.Clone(b)}:
	default:
	}
}

func (s *Socket) run(h flow.Handler) {
	for {
		select {
		case d := <-s.inbox:
			h.Message(s.Flow(d.from), d.raw)
		case <-s.closed:
			return
		}
	}
}

// Close takes the socket off the network; what it had not yet delivered is lost.
func (s *Socket) Close() {
	s.net.mu.Lock()
	delete(s.net.sockets, s.addr)
	s.net.mu.Unlock()
	s.once.Do(func() { close(s.closed) })
}

// Close closes all sockets and waits until their goroutines have gone.
func (n *Net) Close() {
	n.mu.Lock()
	all := make([]*Socket, 0, len(n.sockets))
	for _, s := range n.sockets {
		all = append(all, s)
	}
	n.mu.Unlock()
	for _, s := range all {
		s.Close()
	}
	n.wg.Wait()
}

// Addr returns the socket's own address.
func (s *Socket) Addr() netip.AddrPort { return s.addr }
