package flow

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// StreamConfig is what a listener for SIP over TCP or TLS needs. Zero values
// stand for the defaults given.
type StreamConfig struct {
	// Listen is the address to listen on; an unspecified one means all, of both
	// families for [::].
	Listen netip.AddrPort
	// TLS makes it a listener for TLS; nil means TCP. Versions below 1.2 and
	// protocols by ALPN are left out of it. With ClientAuth, clients are asked for a
	// certificate; tls.RequestClientCert together with ClientCAs lets also those in
	// whose certificate proves nothing, see Flow.Peer.
	TLS *tls.Config
	// Announce gives the address that a far end is told instead of our own, behind
	// a 1:1 NAT; the zero Addr, or one of another family, means the one that it
	// reached. Nil gives none. It must be quick.
	Announce func(remote netip.Addr) netip.Addr
	// MaxMessage bounds a message in octets; 0 means 65536, which is also the most.
	MaxMessage int
	// Queue and QueueOctets bound what waits for a far end to read; 0 means 1024
	// messages and 1 MiB. A far end beyond is cut off.
	Queue, QueueOctets int
	// Idle is after how long without an octet a connection is cut off, 0 means 70
	// min, which outlasts a registration; one on which no message came yet is cut
	// off 2 min after it was opened. Write is how long writing may take, 0 means
	// 10 s; Header how long a message may take to arrive, 0 means 32 s.
	Idle, Write, Header time.Duration
	// MaxConnections and MaxPerAddress cap the connections in total and from one
	// address (IPv6: from one /64); 0 means 32768 and 4096.
	MaxConnections, MaxPerAddress int
	// PerSecond bounds the messages a second that are read from one connection,
	// with bursts of twice that; its far end is then made to wait. 0 means 4000.
	PerSecond int
	// OpenPerSecond bounds the connections a second that one address may open, with
	// bursts of twice that; 0 means 200, a negative number no bound.
	OpenPerSecond int
	// Admit says whether a connection is taken from an address, nil: from all. It is
	// asked by the goroutine that accepts, and must not wait.
	Admit func(netip.Addr) bool
	// Refused is told of each connection that is not taken, by the same goroutine; may
	// be nil.
	Refused func()
	// Believe returns the authorities of clients' certificates, nil where none is
	// asked for; it is asked for each connection, and must be quick. Nil means those
	// of TLS. What it returns lets also those in whose certificate proves nothing.
	Believe func() *x509.CertPool
	// Reuse is told of connections that may be used for requests to who opened them
	// (RFC 5923); nil: none may. TLS with client certificates only.
	Reuse *Connector
	// Listener is listened on instead of Listen; tests bring theirs.
	Listener net.Listener
	// Log takes what went wrong in here; nil means nowhere.
	Log *slog.Logger
}

// handshakeTime bounds the TLS handshake of a client.
const handshakeTime = 10 * time.Second

// StreamSocket is a listener for SIP over TCP or TLS (RFC 3261 §18, §26.3.1) with
// its connections. Make one with ListenStream, and call Run.
type StreamSocket struct {
	cfg      StreamConfig
	tls      *tls.Config // nil: TCP
	listener net.Listener
	local    netip.AddrPort
	streams  *streams
	places   *places
	parser   *sipmsg.Parser             // of aliases
	asking   atomic.Pointer[tls.Config] // for the last pool of Believe
	over     chan struct{}              // closed with the socket
	warning  *rate.Limiter              // of handshakes that went wrong
	opening  *buckets[netip.Addr]       // reader only

	mu        sync.Mutex
	conns     map[*streamConn]*Flow // guarded by mu; as many as places; nil while they shake hands
	ran, shut bool                  // guarded by mu
	left      bool                  // StopAccepting was called; guarded by mu
}

// ListenStream opens the listener. Nothing is accepted before Run.
func ListenStream(c StreamConfig, h Handler) (*StreamSocket, error) {
	if c.Listener != nil {
		return newStreamSocket(c, h, c.Listener), nil
	}
	network, what := "tcp", "TCP"
	if c.Listen.Addr().Is4() {
		network = "tcp4"
	}
	if c.TLS != nil {
		what = "TLS"
	}
	listen := net.ListenConfig{KeepAliveConfig: keepAlive}
	l, err := listen.Listen(context.Background(), network, c.Listen.String())
	if err != nil {
		return nil, fmt.Errorf("listen for SIP over %s: %w", what, err)
	}
	return newStreamSocket(c, h, l), nil
}

func newStreamSocket(c StreamConfig, h Handler, l net.Listener) *StreamSocket {
	s := &StreamSocket{
		cfg: c, listener: RobustListener(l), local: addrPortOf(l.Addr()), conns: map[*streamConn]*Flow{}, over: make(chan struct{}),
		warning: rate.NewLimiter(rate.Every(30*time.Second), 5),
		places:  newPlaces(orElse(c.MaxConnections, 32768), orElse(c.MaxPerAddress, 4096)),
		opening: newBuckets[netip.Addr](c.OpenPerSecond), parser: sipmsg.NewParser(),
		streams: newStreams(streamLimits{
			maxMessage: c.MaxMessage, queue: c.Queue, queueOctets: c.QueueOctets,
			idle: c.Idle, write: c.Write, header: c.Header, perSecond: c.PerSecond, first: firstMessage,
		}, h, c.Log),
	}
	if c.OpenPerSecond == 0 {
		s.opening = newBuckets[netip.Addr](200)
	}
	if c.TLS != nil {
		s.tls = c.TLS.Clone()
		s.tls.MinVersion = max(s.tls.MinVersion, tls.VersionTLS12)
		s.tls.NextProtos = nil // who offers "sip" would not find it among those of HTTP
	}
	return s
}

// addrPortOf returns the address of one end of a connection, without a zone.
func addrPortOf(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	return plainAddrPort(t.AddrPort())
}

// plainAddrPort takes an IPv4 address out of IPv6, and the zone off, which means
// nothing to others.
func plainAddrPort(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// Addr returns the address that the listener is bound to.
func (s *StreamSocket) Addr() netip.AddrPort { return s.local }

// Kind returns TCP or TLS.
func (s *StreamSocket) Kind() Kind {
	if s.tls != nil {
		return TLS
	}
	return TCP
}

// Run accepts connections until ctx ends or Close is called; then it ends them,
// waits for their goroutines, and returns nil. It may be called once.
func (s *StreamSocket) Run(ctx context.Context) error {
	s.mu.Lock()
	ran, shut := s.ran, s.shut
	s.ran = true
	if !ran && !shut {
		s.streams.wg.Add(1)
	}
	s.mu.Unlock()
	switch {
	case ran:
		return errors.New("a listener runs once")
	case shut:
		return nil
	}
	stop := context.AfterFunc(ctx, s.end)
	defer stop()
	s.accept()
	s.mu.Lock()
	left := s.left
	s.mu.Unlock()
	if left { // the connections go on
		<-s.over
	}
	s.end()
	s.streams.wg.Done()
	s.streams.wg.Wait()
	return nil
}

// Close ends Run and all connections, after what is queued for them has been
// written, and waits for them. It is idempotent.
func (s *StreamSocket) Close() error {
	s.end()
	s.streams.wg.Wait()
	return nil
}

// end closes the listener, which ends accept, and the connections.
func (s *StreamSocket) end() {
	s.mu.Lock()
	first := !s.shut
	s.shut = true
	all := make([]*streamConn, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	s.mu.Unlock()
	if !first {
		return
	}
	close(s.over)
	s.listener.Close()
	for _, c := range all {
		c.stop()
	}
}

// StopAccepting frees the port and leaves the connections, which end with Close. It
// is idempotent.
func (s *StreamSocket) StopAccepting() {
	s.mu.Lock()
	s.left = true
	s.mu.Unlock()
	s.listener.Close()
}

// Flows returns the connections that there are, but for those that still shake
// hands.
func (s *StreamSocket) Flows() []*Flow {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*Flow
	for _, f := range s.conns {
		if f != nil {
			all = append(all, f)
		}
	}
	return all
}

// Counters returns the counts.
func (s *StreamSocket) Counters() StreamCounters {
	s.mu.Lock()
	open := len(s.conns)
	s.mu.Unlock()
	return s.streams.counts.read(open)
}
