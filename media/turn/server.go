package turn

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	pion "github.com/pion/turn/v5"

	"github.com/tandemgw/tandem/media/transport"
)

// Bounds of the server.
const (
	maxAllocations = 512
	maxOfUser      = 16
	lifetime       = 10 * time.Minute // of an allocation that asks for none (RFC 8656 §3.2)
	inboundMTU     = 2048
)

// Listen is one place to be reached at.
type Listen struct {
	// Addr is where; an unspecified address means all of its family, and [::]
	// of both.
	Addr netip.AddrPort
	// Network is "udp" or "tcp".
	Network string
	// TLS is set for "tcp" with TLS.
	TLS *tls.Config
}

// Config is what a Server is made of.
type Config struct {
	// Mux takes what is relayed. Needed.
	Mux *transport.Mux
	// Listen are the places; at least one.
	Listen []Listen
	// Realm is shown to clients; the SIP domain. Needed.
	Realm string
	// Secret makes the passwords: 32 octets at least.
	Secret []byte
	// Log may be nil.
	Log *slog.Logger
}

// Validate says what is wrong with the configuration, nil if nothing is.
func (c Config) Validate() error {
	switch {
	case c.Mux == nil:
		return errors.New("relay without a media port to lead to")
	case len(c.Listen) == 0:
		return errors.New("relay that listens nowhere")
	case c.Realm == "":
		return errors.New("relay without a realm")
	case len(c.Secret) < 32:
		return fmt.Errorf("secret of a relay has %d octets, want at least 32", len(c.Secret))
	}
	return nil
}

// Counters says what the server has seen.
type Counters struct {
	Allocations  uint64 // open now
	Made         uint64 // made since the start
	Full         uint64 // refused: too many, of a user or of all
	Unauthorized uint64 // credentials that are wrong or too old
	Forbidden    uint64 // asked to lead elsewhere than to our own media
	Ignored      uint64 // from addresses without an allocation: no Allocate
	Withheld     uint64 // answers that would have been more than thrice the question
	Dropped      uint64 // packets beyond a queue or a rate
	Connections  uint64 // over TCP and TLS, taken
	Refused      uint64 // of those, beyond a bound or without a handshake
}

type counters struct {
	made, full, unauthorized, forbidden, ignored, withheld, dropped, connections, refused atomic.Uint64
}

// Server is a running TURN server.
type Server struct {
	c      Config // immutable
	log    *slog.Logger
	pion   *pion.Server
	gates  []*gate     // of TCP and TLS; immutable
	bound  []Listening // immutable
	count  counters
	tuples tupleSet
	hosts  hostPaces
	full   atomic.Bool // Refuse was called
	marks  [32]byte    // the key of nonces' marks; immutable

	mu     sync.Mutex
	relays map[netip.AddrPort]*relay // by relayed address; guarded by mu
	users  map[string]int            // allocations; guarded by mu
	last   uint16                    // port of the last relayed address; guarded by mu
}

// Listening is where a Server has been bound.
type Listening struct {
	Port    uint16
	Network string // "udp", "tcp" or "tls"
}

// New opens the sockets and serves. The error names the address that could not
// be had.
func New(c Config) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Server{c: c, log: c.Log, relays: map[netip.AddrPort]*relay{}, users: map[string]int{}, hosts: hostPaces{seed: maphash.MakeSeed()}}
	_, _ = rand.Read(s.marks[:]) // never fails
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	config := pion.ServerConfig{
		Realm: c.Realm, LoggerFactory: quiet{s.log}, AuthHandler: s.authorize, QuotaHandler: s.hasRoom,
		AllocationLifetime: lifetime, InboundMTU: inboundMTU, EventHandler: s.events(),
	}
	var opened []interface{ Close() error }
	for _, l := range c.Listen {
		err := s.listen(l, &config, &opened)
		if err != nil {
			for _, o := range opened {
				_ = o.Close()
			}
			return nil, err
		}
	}
	server, err := pion.NewServer(config)
	if err != nil {
		return nil, fmt.Errorf("start the relay: %w", err)
	}
	s.pion = server
	return s, nil
}

// Listening returns what is bound.
func (s *Server) Listening() []Listening { return s.bound }

// Refuse makes no allocations from now on; those that there are go on.
func (s *Server) Refuse() { s.full.Store(true) }

// Counters returns what has been counted so far.
func (s *Server) Counters() Counters {
	s.mu.Lock()
	n := len(s.relays)
	s.mu.Unlock()
	k := &s.count
	return Counters{
		Allocations: uint64(n), Made: k.made.Load(), Full: k.full.Load(), Unauthorized: k.unauthorized.Load(),
		Forbidden: k.forbidden.Load(), Ignored: k.ignored.Load(), Withheld: k.withheld.Load(), Dropped: k.dropped.Load(),
		Connections: k.connections.Load(), Refused: k.refused.Load(),
	}
}

// events tells which five-tuples have an allocation, and bounds its channels.
func (s *Server) events() pion.EventHandler {
	return pion.EventHandler{
		OnAuth: func(_, _ net.Addr, _, _, _, _ string, well bool) {
			if !well {
				s.count.unauthorized.Add(1)
			}
		},
		OnAllocationCreated: func(src, dst net.Addr, _, _, _ string, _ net.Addr, _ int) { s.tuples.add(src, dst) },
		OnAllocationDeleted: func(src, dst net.Addr, _, _, _ string) { s.tuples.remove(src, dst) },
		OnChannelCreated: func(_, _ net.Addr, _, _, _ string, relayed, _ net.Addr, _ uint16) {
			s.mu.Lock()
			r := s.relays[addrPortOf(relayed)]
			s.mu.Unlock()
			if r != nil && r.channels.Add(1) > maxChannels {
				r.end()
			}
		},
	}
}

// Close ends every allocation and connection, and frees the ports.
func (s *Server) Close() error {
	err := s.pion.Close()
	for _, g := range s.gates {
		g.end()
	}
	s.mu.Lock()
	all := make([]*relay, 0, len(s.relays))
	for _, r := range s.relays {
		all = append(all, r)
	}
	s.mu.Unlock()
	for _, r := range all {
		r.end()
	}
	return err
}

// tupleSet is the five-tuples that have an allocation, at most maxAllocations.
type tupleSet struct {
	mu  sync.RWMutex
	all map[tuple]*share // guarded by mu
}

type tuple struct{ far, near netip.AddrPort }

func (t *tupleSet) add(src, dst net.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[tuple]*share{}
	}
	t.all[tuple{addrPortOf(src), addrPortOf(dst)}] = &share{}
}

func (t *tupleSet) remove(src, dst net.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, tuple{addrPortOf(src), addrPortOf(dst)})
}

func (t *tupleSet) has(far, near netip.AddrPort) bool { return t.find(far, near) != nil }

// find returns what an allocation may send; nil if there is none.
func (t *tupleSet) find(far, near netip.AddrPort) *share {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.all[tuple{far, near}]
}

// addrPortOf reads an address of package net.
func addrPortOf(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		ap = a.AddrPort()
	case *net.TCPAddr:
		ap = a.AddrPort()
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
