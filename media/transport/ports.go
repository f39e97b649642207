package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const (
	defaultMinPort  = 20000
	defaultMaxPort  = 29999
	defaultPortRest = 30 * time.Second
	// quietRest is how long a port rests at least on which no packet ever came
	// or went: calls that are refused or end at once would use up the range.
	quietRest = 2 * time.Second
	// portTries bounds how many ports taken by other programs are stepped
	// over in one Open.
	portTries = 64
)

// PortsConfig is how Ports is set up.
type PortsConfig struct {
	// Addr is the address to listen on; zero or :: means every one, of IPv4
	// and IPv6; 0.0.0.0 every one of IPv4.
	Addr netip.Addr
	// Min and Max are the range, inclusive; 0 means 20000 to 29999. RTP takes
	// the even ports, RTCP the odd ones above them.
	Min, Max uint16
	// Rest is how long a port stays unused after its release, so that late
	// packets of one call do not reach the next; 0 means 30 s. One on which no
	// packet came or went rests for 2 s, if Rest is not shorter; so does any where
	// there is no other.
	Rest time.Duration
	// Certificate is for DTLS-SRTP on plain legs; the zero value means none.
	Certificate tls.Certificate
	// Own reports further addresses of this process, which must never be sent
	// to: Mux.Owns. May be nil.
	Own func(netip.AddrPort) bool
	// Mapped reports addresses outside of a NAT that leads here, so that what is sent
	// to our ports there would come back to us: Mux.Announces. May be nil.
	Mapped func(netip.Addr) bool
	// Log may be nil.
	Log *slog.Logger
}

// Validate says what is wrong with the configuration, nil if nothing is.
func (c PortsConfig) Validate() error {
	low, high := c.portRange()
	if low > high || newPortList(low, high, 0).count() == 0 {
		return fmt.Errorf("RTP ports %d to %d hold no even port with an odd one above it", low, high)
	}
	if c.Addr.IsMulticast() {
		return fmt.Errorf("RTP address %s is a multicast address", c.Addr)
	}
	return nil
}

func (c PortsConfig) portRange() (low, high uint16) {
	low, high = c.Min, c.Max
	if low == 0 {
		low = defaultMinPort
	}
	if high == 0 {
		high = max(low, defaultMaxPort)
	}
	return low, high
}

// Ports hands out pairs of plain RTP sockets: even RTP, odd RTCP above it, in
// a random order, a port resting after each use. Its methods may be called
// from any goroutine.
type Ports struct {
	c         PortsConfig   // immutable
	log       *slog.Logger  // immutable
	addresses hostAddresses // own lock

	mu     sync.Mutex
	read   *pollers          // nil before the first Open; guarded by mu
	list   *portList         // guarded by mu
	open   map[uint16]*Plain // by RTP port, guarded by mu
	closed bool              // guarded by mu
}

// NewPorts checks the configuration; nothing is opened yet.
func NewPorts(c PortsConfig) (*Ports, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Rest <= 0 {
		c.Rest = defaultPortRest
	}
	c.Addr = c.Addr.Unmap()
	if c.Addr.Is6() && c.Addr.IsUnspecified() {
		c.Addr = netip.Addr{} // one socket for both families
	}
	low, high := c.portRange()
	return &Ports{c: c, log: logOf(c.Log), list: newPortList(low, high, c.Rest), open: map[uint16]*Plain{}}, nil
}

// Open takes a pair and begins to read. The error is ErrNoPorts, ErrClosed
// or what the system says (too many open files).
func (p *Ports) Open(c PlainConfig) (*Plain, error) {
	if c.Sink == nil {
		return nil, errors.New("open RTP ports: no sink")
	}
	var taken error
	for range portTries {
		port, err := p.take()
		if err != nil {
			if taken != nil {
				return nil, fmt.Errorf("%w: %w", err, taken)
			}
			return nil, err
		}
		pl, err := newPlain(p, port, c)
		if err == nil {
			return p.admit(pl)
		}
		p.release(port, true) // whoever has it may hold it for a while
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("open RTP port %d: %w", port, err)
		}
		taken = err
	}
	return nil, fmt.Errorf("%w: %w", ErrNoPorts, taken)
}

func (p *Ports) take() (uint16, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, ErrClosed
	}
	port, ok := p.list.take(time.Now())
	if !ok {
		return 0, ErrNoPorts
	}
	return port, nil
}

// admit makes pl known and starts its readers, unless Close came between.
func (p *Ports) admit(pl *Plain) (*Plain, error) {
	read, err := p.know(pl)
	if err == nil {
		err = read.add(pl)
	}
	if err != nil {
		_ = pl.Close()
		return nil, err
	}
	return pl, nil
}

// know makes pl known and returns who is to read it.
func (p *Ports) know(pl *Plain) (*pollers, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	if p.read == nil {
		low, high := p.c.portRange()
		read, err := startPollers(runtime.GOMAXPROCS(0), low, high)
		if err != nil {
			return nil, fmt.Errorf("read RTP ports: %w", err)
		}
		p.read = read
	}
	p.open[pl.port] = pl
	return p.read, nil
}

// forget ends the reading of a leg that is being closed.
func (p *Ports) forget(pl *Plain) {
	p.mu.Lock()
	read := p.read
	p.mu.Unlock()
	if read != nil {
		read.remove(pl)
	}
}

// release puts a port to rest, whether or not it came to be open; heard says that
// there were packets on it.
func (p *Ports) release(port uint16, heard bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, port)
	p.list.put(port, time.Now(), heard)
}

// Owns reports whether a is one of the sockets open now. Listening on one address
// leaves the same port of this machine's other ones to another gateway.
func (p *Ports) Owns(a netip.AddrPort) bool {
	p.mu.Lock()
	_, ok := p.open[a.Port()&^1]
	p.mu.Unlock()
	if ok && p.c.Mapped != nil && p.c.Mapped(a.Addr().Unmap()) {
		return true
	}
	if own := p.c.Addr; ok && own.IsValid() && !own.IsUnspecified() {
		return a.Addr().Unmap() == own.Unmap()
	}
	return ok && p.addresses.has(a.Addr())
}

// InUse returns how many pairs are open.
func (p *Ports) InUse() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.open)
}

// allowed reports whether media may go to a: no group, not us.
func (p *Ports) allowed(a netip.AddrPort) bool {
	return sendable(a) && !p.Owns(a) && (p.c.Own == nil || !p.c.Own(a))
}

// Close closes every pair still open and waits for their readers. It must not
// be called from a Sink.
func (p *Ports) Close() error {
	p.mu.Lock()
	p.closed = true
	all := make([]*Plain, 0, len(p.open))
	for _, pl := range p.open {
		all = append(all, pl)
	}
	read := p.read
	p.mu.Unlock()
	for _, pl := range all {
		_ = pl.Close()
	}
	if read != nil {
		read.close()
	}
	return nil
}
