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
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// ConnectorConfig is what connections that we open need. Zero values stand for the
// defaults given.
type ConnectorConfig struct {
	// Local gives the address that far ends are told: that of our listener for kind,
	// so that Via and Contact name a place that can be reached when the connection is
	// gone. An unspecified address becomes the one from which toward is reached. Nil,
	// or no valid address, means the connection's own end, with the port of the
	// transport, 5060 or 5061, until it stands.
	Local func(kind Kind, toward netip.AddrPort) netip.AddrPort
	// TLS is what all TLS connections begin with, such as ciphers, and the RootCAs and
	// certificates where Toward has none; may be nil. Versions below 1.2 are left out.
	TLS *tls.Config
	// Connect bounds connecting, and Handshake that of TLS; 0 means 4 s.
	Connect, Handshake time.Duration
	// Rest is how long a place that could not be reached is not tried again; 0
	// means 1.5 s.
	Rest time.Duration
	// MaxConnections caps the connections; 0 means 1024. Where there is no place, the
	// one that has been silent longest, for a minute at least, has to go.
	MaxConnections int
	// MaxMessage, Queue, QueueOctets, Idle, Write, Header and PerSecond are as in
	// StreamConfig. What is sent before the connection stands waits in the queue.
	MaxMessage, Queue, QueueOctets int
	Idle, Write, Header            time.Duration
	PerSecond                      int
	// Dial connects; nil means by the network. Tests bring their own.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Log takes what went wrong in here; nil means nowhere.
	Log *slog.Logger
}

// Toward says whereto a connection is wanted, and what the far end must prove.
type Toward struct {
	// Kind is TCP or TLS.
	Kind Kind
	// Remote is the address and port to connect to.
	Remote netip.AddrPort
	// ServerName is the domain that was asked for, which the certificate must name
	// (RFC 5922 §7); empty means Remote's address. TLS only, like what follows.
	ServerName string
	// Certificate is what we prove ourselves with if asked; may be nil.
	Certificate *tls.Certificate
	// Roots are the authorities to believe; nil means those of ConnectorConfig.TLS,
	// and where there are none those of the system.
	Roots *x509.CertPool
	// KeepAlive asks for a double CRLF every 95 to 120 s; without anything coming
	// back within 10 s the connection is closed (RFC 5626 §4.4.1). For far ends that
	// have said they do so only.
	KeepAlive bool
}

// place is what there is one connection to.
type place struct {
	kind   Kind
	remote netip.AddrPort
	name   string
	cert   *tls.Certificate
	roots  *x509.CertPool
}

// place returns what there is one connection to, or what is wrong with t.
func (t Toward) place() (place, error) {
	to := t.Remote.Addr()
	switch {
	case t.Kind != TCP && t.Kind != TLS:
		return place{}, fmt.Errorf("connect over %s: not a stream", t.Kind)
	case !t.Remote.IsValid(), t.Remote.Port() == 0, to.IsUnspecified(), to.IsMulticast():
		return place{}, fmt.Errorf("connect to %s: no such place", t.Remote)
	}
	p := place{kind: t.Kind, remote: netip.AddrPortFrom(to.Unmap(), t.Remote.Port())}
	if t.Kind == TLS {
		p.name, p.cert, p.roots = canonicalName(t.ServerName), t.Certificate, t.Roots
		if p.name == "" {
			p.name = p.remote.Addr().WithZone("").String()
		}
	}
	return p, nil
}

// Connector opens connections over TCP and TLS to where requests go, and keeps
// one for each place (RFC 3261 §18.1.1). What far ends send over them goes to the
// Handler, requests too (RFC 5923, RFC 5626).
type Connector struct {
	cfg     ConnectorConfig
	streams *streams
	routes  *routes
	owns    func(netip.Addr) bool // whether an address is this machine's now; immutable

	mu      sync.Mutex
	table   map[place]*streamConn          // that new requests go to; guarded by mu
	conns   map[*streamConn]struct{}       // all we opened, also those that are ending; guarded by mu
	aliases map[netip.AddrPort]*streamConn // accepted ones; guarded by mu
	failed  *simplelru.LRU[place, failure] // guarded by mu
	shut    bool                           // guarded by mu
}

// failure is what became of the last attempt.
type failure struct {
	err error
	at  time.Time
}

// maxFailures bounds the places whose failure is remembered.
const maxFailures = 1024

// errFull: all places for connections are taken.
var errFull = errors.New("there are too many connections")

// NewConnector returns a Connector without connections.
func NewConnector(c ConnectorConfig, h Handler) *Connector {
	c.Connect = orElse(c.Connect, 4*time.Second)
	c.Handshake = orElse(c.Handshake, 4*time.Second)
	c.Rest = orElse(c.Rest, 1500*time.Millisecond)
	c.MaxConnections = orElse(c.MaxConnections, 1024)
	if c.Dial == nil {
		c.Dial = (&net.Dialer{KeepAliveConfig: keepAlive}).DialContext
	}
	k := &Connector{
		cfg: c, table: map[place]*streamConn{}, conns: map[*streamConn]struct{}{}, aliases: map[netip.AddrPort]*streamConn{},
		streams: newStreams(streamLimits{
			maxMessage: c.MaxMessage, queue: c.Queue, queueOctets: c.QueueOctets,
			idle: c.Idle, write: c.Write, header: c.Header, perSecond: c.PerSecond,
		}, h, c.Log),
	}
	// Sizes above zero are never refused.
	k.failed, _ = simplelru.NewLRU[place, failure](maxFailures, nil)
	k.routes, k.owns = newRoutes(addrToward), hasAddr
	return k
}

// Flow returns the connection to a place, or one that is being opened: what is
// sent on it waits in its queue, and if it does not come up the flow closes and
// Err says why. It never blocks. It errs if the place was tried a moment ago in
// vain, if there are too many connections, or after Close (ErrClosed).
func (k *Connector) Flow(t Toward) (*Flow, error) {
	p, err := t.place()
	if err != nil {
		return nil, err
	}
	if p.kind == TLS && p.roots == nil && k.cfg.TLS != nil {
		p.roots = k.cfg.TLS.RootCAs
	}
	c, err := k.find(p)
	if err != nil {
		return nil, err
	}
	if t.KeepAlive {
		c.keepAlive()
	}
	return c.flow, nil
}

// Reroute does what UDPSocket.Reroute does.
func (k *Connector) Reroute() { k.routes.forget() }

// find returns the connection there is, or begins to open one.
func (k *Connector) find(p place) (*streamConn, error) {
	if c := k.known(p); c != nil {
		if !k.isStranded(c, p) {
			return c, nil
		}
		c.cut(errStranded)
	}
	if c := k.aliasOf(p); c != nil {
		return c, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.shut {
		return nil, ErrClosed
	}
	if c := k.table[p]; c != nil && !c.gone() {
		return c, nil // somebody was quicker
	}
	if last, ok := k.failed.Get(p); ok && time.Since(last.at) < k.cfg.Rest {
		return nil, last.err
	}
	if len(k.conns) >= k.cfg.MaxConnections && !k.evictLocked() {
		return nil, errFull
	}
	return k.dialLocked(p), nil
}

// known returns the connection that went to a place before, or nil.
func (k *Connector) known(p place) *streamConn {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.table[p]; c != nil && !k.shut && !c.gone() {
		return c
	}
	return nil
}

// evictLocked ends the connection that has been silent longest, if for a minute.
func (k *Connector) evictLocked() bool {
	var (
		oldest place
		since  time.Time
	)
	for p, c := range k.table {
		if _, ours := k.conns[c]; !ours {
			continue
		}
		if heard := c.lastHeard(); !heard.IsZero() && (since.IsZero() || heard.Before(since)) {
			oldest, since = p, heard
		}
	}
	if since.IsZero() || time.Since(since) < time.Minute {
		return false
	}
	k.table[oldest].closeSoon("its place is needed")
	delete(k.table, oldest)
	return true
}

// Close ends all connections, after what is queued for those that stand has been
// written, and waits for their goroutines. It is idempotent.
func (k *Connector) Close() error {
	k.mu.Lock()
	k.shut = true
	all := make([]*streamConn, 0, len(k.conns))
	for c := range k.conns {
		all = append(all, c)
	}
	k.mu.Unlock()
	for _, c := range all {
		c.stop()
	}
	k.streams.wg.Wait()
	return nil
}

// Counters returns the counts.
func (k *Connector) Counters() StreamCounters {
	k.mu.Lock()
	open := len(k.conns)
	k.mu.Unlock()
	return k.streams.counts.read(open)
}
