package flow

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/time/rate"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// UDPConfig is what a UDP socket needs. Zero values stand for the defaults
// given.
type UDPConfig struct {
	// Listen is the address to listen on; an unspecified one means all, of both
	// families for [::].
	Listen netip.AddrPort
	// Announce gives the address that a far end is told instead of our own, behind
	// a 1:1 NAT; the zero Addr, or one of another family, means the one it is
	// reached from. Nil gives none. It must be quick.
	Announce func(remote netip.Addr) netip.Addr
	// Workers call the handler; 0 means 2 for each processor, 4 at least.
	Workers int
	// Queue is how many datagrams may wait for one worker; 0 means 1024.
	Queue int
	// PerSource and PerAddress bound the datagrams in a second from one address
	// with its port, and from one address (IPv6: one /64); bursts may be twice that. 0 means 4000
	// and 12000, a negative number no bound.
	PerSource, PerAddress int
	// Admit says whether a datagram is taken from an address, nil: from all. It is
	// asked by the socket's reader, and must not wait.
	Admit func(netip.Addr) bool
	// Log takes what went wrong in here; nil means nowhere.
	Log *slog.Logger
}

// UDPSocket is a socket for SIP over UDP (RFC 3261 §18). Make one with ListenUDP, and
// call Run.
type UDPSocket struct {
	cfg     UDPConfig
	handler Handler
	conn    *net.UDPConn
	local   netip.AddrPort
	socket  uint64
	workers workers
	limits  *sourceLimits // reader only
	busy    busyAnswers
	routes  *routes
	counts  udpCounters

	heeds atomic.Pointer[func(Key) bool] // whom alone the socket hears; nil: everybody

	wg     sync.WaitGroup // of Run and its workers
	closed chan struct{}

	mu        sync.Mutex
	ran, shut bool // guarded by mu
}

// workers are the queues of datagrams; each has a goroutine.
type workers struct {
	queues []chan datagram
	seed   maphash.Seed
}

// of returns the queue of a Call-ID.
func (w *workers) of(id []byte) chan datagram {
	return w.queues[maphash.Bytes(w.seed, id)%uint64(len(w.queues))]
}

// busyAnswers are the 503 that the reader gives by itself, and their rate.
type busyAnswers struct {
	parser *sipmsg.Parser
	rate   *rate.Limiter
}

type datagram struct {
	from netip.AddrPort
	raw  []byte
}

// ListenUDP opens the socket. Nothing is read before Run.
func ListenUDP(c UDPConfig, h Handler) (*UDPSocket, error) {
	network := "udp"
	if c.Listen.Addr().Is4() {
		network = "udp4"
	}
	conn, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(c.Listen))
	if err != nil {
		return nil, fmt.Errorf("listen for SIP over UDP: %w", err)
	}
	if c.Workers <= 0 {
		c.Workers = max(4, 2*runtime.GOMAXPROCS(0))
	}
	if c.Queue <= 0 {
		c.Queue = 1024
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	// More than the kernel gives by itself helps against bursts; it may refuse.
	_ = conn.SetReadBuffer(4 << 20)
	letFragment(conn)
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	u := &UDPSocket{
		cfg: c, handler: h, conn: conn, socket: NextSocket(),
		local:   netip.AddrPortFrom(local.Addr().Unmap(), local.Port()),
		workers: workers{seed: maphash.MakeSeed()},
		limits:  newSourceLimits(c.PerSource, c.PerAddress),
		busy:    busyAnswers{sipmsg.NewParser(), rate.NewLimiter(50, 50)}, routes: newRoutes(addrToward),
		closed: make(chan struct{}),
	}
	for range c.Workers {
		u.workers.queues = append(u.workers.queues, make(chan datagram, c.Queue))
	}
	return u, nil
}

// Addr returns the address that the socket is bound to.
func (u *UDPSocket) Addr() netip.AddrPort { return u.local }

// Socket returns the number that Flow.Socket of all its flows is.
func (u *UDPSocket) Socket() uint64 { return u.socket }

// Narrow has the socket hear only flows that heeds is true for, from now on. It is
// asked by several goroutines at a time, and must be quick.
func (u *UDPSocket) Narrow(heeds func(Key) bool) { u.heeds.Store(&heeds) }

// Run reads datagrams until ctx ends or Close is called; then it closes the
// socket, waits for the handlers under way, and returns nil. It may be called
// once.
func (u *UDPSocket) Run(ctx context.Context) error {
	if ok, err := u.start(); !ok {
		return err
	}
	stop := context.AfterFunc(ctx, u.end)
	defer stop()
	u.read()
	u.end()
	u.wg.Done()
	u.wg.Wait()
	return nil
}

// start starts the workers. It is false if the socket has been closed before,
// and an error if it ran before.
func (u *UDPSocket) start() (bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ran {
		return false, errors.New("a UDP socket runs once")
	}
	u.ran = true
	if u.shut {
		return false, nil
	}
	u.wg.Add(1)
	for _, q := range u.workers.queues {
		u.wg.Go(func() { u.work(q) })
	}
	return true, nil
}

// Close ends Run and waits for it. It is idempotent.
func (u *UDPSocket) Close() error {
	u.end()
	u.wg.Wait()
	return nil
}

// end closes the socket, which ends the reader, and the workers.
func (u *UDPSocket) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.shut {
		u.shut = true
		close(u.closed)
		u.conn.Close()
	}
}

// work calls the handler with what is queued for one worker.
func (u *UDPSocket) work(q chan datagram) {
	for {
		select {
		case d := <-q:
			f := u.Flow(d.from)
			if heeds := u.heeds.Load(); heeds == nil || (*heeds)(f.Key()) {
				u.handler.Message(f, d.raw)
			}
		case <-u.closed:
			return
		}
	}
}

// Flow returns the way from this socket to remote.
func (u *UDPSocket) Flow(remote netip.AddrPort) *Flow {
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	w := Way{
		Kind: UDP, Socket: u.socket, Local: plainAddrPort(u.local), Remote: plainAddrPort(remote),
		Send: func(b []byte) error { return u.send(remote, b) }, // with its zone
	}
	if u.cfg.Announce != nil || u.local.Addr().IsUnspecified() {
		w.Route = func() netip.AddrPort { return u.route(remote) }
	}
	return New(w)
}

// Reroute forgets the ways that the kernel was asked for: this machine has other addresses
// now. Flows of before tell ours anew.
func (u *UDPSocket) Reroute() { u.routes.forget() }

// maxDatagram is the most octets that UDP over IPv4 carries: 65535 without the
// headers of both.
const maxDatagram = 65507

// send writes one datagram. A refusal that the far end's host sent for an
// earlier one may come up here: it says nothing of this one.
func (u *UDPSocket) send(to netip.AddrPort, b []byte) error {
	if len(b) > maxDatagram {
		u.counts.sendErrors.Add(1)
		return fmt.Errorf("send %d octets to %s: %w", len(b), to, ErrTooLarge)
	}
	for range 3 {
		_, err := u.conn.WriteToUDPAddrPort(b, to)
		switch {
		case err == nil:
			u.counts.sent.Add(1)
			return nil
		case errors.Is(err, net.ErrClosed):
			return ErrClosed
		case errors.Is(err, syscall.ECONNREFUSED):
			continue
		case errors.Is(err, syscall.EMSGSIZE):
			u.counts.sendErrors.Add(1)
			return fmt.Errorf("send %d octets to %s: %w", len(b), to, ErrTooLarge)
		case errors.Is(err, syscall.ENOBUFS), errors.Is(err, syscall.EPERM):
			// Lost here as it might be lost on its way: it will be repeated.
			u.counts.sendErrors.Add(1)
			return nil
		}
		u.counts.sendErrors.Add(1)
		return fmt.Errorf("send to %s: %w", to, err)
	}
	return nil
}

// route returns our address toward remote, as it may be told now.
func (u *UDPSocket) route(remote netip.AddrPort) netip.AddrPort {
	addr := announced(u.cfg.Announce, remote.Addr())
	if !addr.IsValid() && u.local.Addr().IsUnspecified() {
		addr = u.routes.toward(remote)
	}
	if !addr.IsValid() {
		return plainAddrPort(u.local)
	}
	return netip.AddrPortFrom(addr, u.local.Port())
}

// announced returns what remote is told instead of our own address, if anything.
func announced(announce func(netip.Addr) netip.Addr, remote netip.Addr) netip.Addr {
	if announce == nil {
		return netip.Addr{}
	}
	public := announce(remote).Unmap()
	if !public.IsValid() || public.Is4() != remote.Is4() {
		return netip.Addr{}
	}
	return public
}

type udpCounters struct {
	received, sent, sendErrors, readErrors, junk, keepalives, limited, full, busy atomic.Uint64
}

// UDPCounters are what a socket has counted since its start.
type UDPCounters struct {
	// Received are datagrams, Sent those that went out.
	Received, Sent uint64
	// SendErrors and ReadErrors are what the kernel refused.
	SendErrors, ReadErrors uint64
	// Junk were no SIP, Keepalives were CRLF and STUN.
	Junk, Keepalives uint64
	// Limited were beyond a source's rate or not admitted, Full found their worker's queue full;
	// Busy of them were answered 503.
	Limited, Full, Busy uint64
}

// Counters returns the counts.
func (u *UDPSocket) Counters() UDPCounters {
	c := &u.counts
	return UDPCounters{
		Received: c.received.Load(), Sent: c.sent.Load(), SendErrors: c.sendErrors.Load(),
		ReadErrors: c.readErrors.Load(), Junk: c.junk.Load(), Keepalives: c.keepalives.Load(),
		Limited: c.limited.Load(), Full: c.full.Load(), Busy: c.busy.Load(),
	}
}

// pause waits a moment, or until the socket is closed.
func (u *UDPSocket) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-u.closed:
	}
}
