package flowtest

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// Pipes is a network of connections in memory, for flow.StreamSocket and
// flow.Connector in virtual time: give the one a listener, as
// flow.StreamConfig.Listener, and the other Dial, as flow.ConnectorConfig.Dial.
type Pipes struct {
	mu    sync.Mutex
	ports map[netip.AddrPort]*pipeListener // guarded by mu
	dark  map[netip.AddrPort]bool          // guarded by mu
	next  uint16                           // guarded by mu
	dials int                              // guarded by mu
}

// NewPipes returns a network without listeners: all connections are refused.
func NewPipes() *Pipes {
	return &Pipes{ports: map[netip.AddrPort]*pipeListener{}, dark: map[netip.AddrPort]bool{}, next: 32768}
}

// Listen opens a listener at addr, such as "192.0.2.9:5060".
func (p *Pipes) Listen(addr string) (net.Listener, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ports[at] != nil {
		return nil, fmt.Errorf("listen on %s: address in use", addr)
	}
	l := &pipeListener{net: p, at: at, conns: make(chan net.Conn), closed: make(chan struct{})}
	p.ports[at] = l
	return l, nil
}

// Darken has connections to addr wait for ever, as to a host that is switched off;
// Dial otherwise refuses them at once where nobody listens.
func (p *Pipes) Darken(addr string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dark[netip.MustParseAddrPort(addr)] = true
}

// Dials returns how often Dial was called.
func (p *Pipes) Dials() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dials
}

// Dial connects to a listener, from 192.0.2.1 and a port of its own.
func (p *Pipes) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fail(err)
	}
	p.mu.Lock()
	p.dials++
	p.next++
	from := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), p.next)
	l, dark := p.ports[to], p.dark[to]
	p.mu.Unlock()
	if dark {
		<-ctx.Done()
		return fail(ctx.Err())
	}
	if l == nil {
		return fail(syscall.ECONNREFUSED)
	}
	near, far := net.Pipe()
	select {
	case l.conns <- pipe{far, to, from}:
		return pipe{near, from, to}, nil
	case <-l.closed:
		return fail(syscall.ECONNREFUSED)
	case <-ctx.Done():
		return fail(ctx.Err())
	}
}

// pipeListener is a listener of Pipes.
type pipeListener struct {
	net    *Pipes
	at     netip.AddrPort
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() {
		l.net.mu.Lock()
		delete(l.net.ports, l.at)
		l.net.mu.Unlock()
		close(l.closed)
	})
	return nil
}

func (l *pipeListener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.at) }

// pipe gives one end of a net.Pipe the addresses of a connection.
type pipe struct {
	net.Conn
	local, remote netip.AddrPort
}

func (p pipe) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(p.local) }
func (p pipe) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(p.remote) }
