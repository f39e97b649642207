package hep

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/txn"
)

// Config is what a Sender is made of.
type Config struct {
	// Address is where Homer listens: "homer.example.com:9060".
	Address string
	// Transport is "udp", "tcp" or "tls".
	Transport string
	// TLS is for "tls"; nil believes the system's authorities.
	TLS *tls.Config
	// Agent and Name are what Homer knows us by, Password what it lets us in by; the
	// last two may be empty.
	Agent    uint32
	Name     string
	Password string
	// RTCP says that reports are sent, too.
	RTCP bool
	// Calls tell of which call a message is; required.
	Calls *Calls
	// Mask returns a SIP message as Homer may see it; nil sends messages as they are.
	// It is called on the goroutine of Run.
	Mask func(raw []byte) []byte
	// Dial makes connections; nil means net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Log may be nil.
	Log *slog.Logger
}

// Validate says what is wrong with the configuration.
func (c Config) Validate() error {
	switch {
	case c.Calls == nil:
		return errors.New("a HEP sender lacks its calls")
	case c.Transport != "udp" && c.Transport != "tcp" && c.Transport != "tls":
		return fmt.Errorf("there is no transport %q for HEP", c.Transport)
	}
	if _, _, err := net.SplitHostPort(c.Address); err != nil {
		return fmt.Errorf("address of Homer: %w", err)
	}
	return nil
}

// Sender sends to one Homer. Its methods may be called from any goroutine and never
// block, but for Close.
type Sender struct {
	config Config // immutable
	log    *slog.Logger
	queue  *queue

	sent, cut, lost atomic.Uint64
	up              atomic.Bool            // Homer is known to be there
	trouble         atomic.Pointer[string] // why Homer is not reached; nil while it is

	mu      sync.Mutex
	stop    context.CancelFunc // of Run; guarded by mu
	closed  bool               // guarded by mu
	stopped chan struct{}      // closed when Run has ended; guarded by mu, nil before Run
}

// New returns a Sender; Run sends.
func New(c Config) (*Sender, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Sender{config: c, log: c.Log, queue: newQueue()}, nil
}

// Message takes a SIP message as it came or went; it has the form of txn.Config.Trace.
func (s *Sender) Message(f *flow.Flow, dir txn.Direction, raw []byte) {
	ref, method := fieldsOf(raw)
	i := item{
		at: time.Now(), protocol: SIP, transport: f.Kind(), from: f.Local(), to: f.Remote(),
		ref: ref, mayBegin: method == "INVITE", payload: append([]byte(nil), raw...),
	}
	if dir == txn.In {
		i.from, i.to = i.to, i.from
	}
	s.queue.put(i)
}

// Report is a compound packet of RTCP, as it came or is about to go, unencrypted.
type Report struct {
	Leg           tandem.LegID
	In            bool
	Local, Remote netip.AddrPort
	Raw           []byte
}

// Report takes a packet of RTCP; it does not keep r.Raw.
func (s *Sender) Report(r Report) {
	if !s.config.RTCP {
		return
	}
	ref := s.config.Calls.refOf(r.Leg)
	if ref == "" {
		return // of a call that has not told of itself: nobody could find it
	}
	now, from, to := time.Now(), r.Local, r.Remote
	if r.In {
		from, to = to, from
	}
	for _, text := range reports(r.Raw) {
		s.queue.put(item{at: now, protocol: RTCP, transport: flow.UDP, from: from, to: to, ref: ref, payload: text})
	}
}

// Counters say how it went.
type Counters struct {
	Up            bool
	Sent, Dropped uint64
	Cut           uint64 // too long for a packet, and sent without their end
}

// Counters returns how it has gone so far.
func (s *Sender) Counters() Counters {
	up := s.up.Load() || s.config.Transport == "udp" && s.trouble.Load() == nil
	return Counters{Up: up, Sent: s.sent.Load(), Dropped: s.lost.Load() + s.queue.drops(), Cut: s.cut.Load()}
}

// Trouble says why Homer is not reached; "" while it is, and before that is known.
func (s *Sender) Trouble() string {
	if t := s.trouble.Load(); t != nil {
		return *t
	}
	return ""
}

// Close ends Run and waits for that. It is idempotent.
func (s *Sender) Close() error {
	s.mu.Lock()
	s.closed = true
	stop, stopped := s.stop, s.stopped
	s.mu.Unlock()
	if stop != nil {
		stop()
		<-stopped
	}
	s.queue.close()
	return nil
}

// begin makes the context of Run; false after Close.
func (s *Sender) begin(ctx context.Context) (context.Context, func(), bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.stop != nil {
		return nil, nil, false
	}
	ctx, s.stop = context.WithCancel(ctx)
	s.stopped = make(chan struct{})
	return ctx, func() {
		s.stop()
		close(s.stopped)
	}, true
}
