package txn

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
	"golang.org/x/time/rate"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// How a transaction may end without an answer.
var (
	// ErrTimeout: no final response within 64*T1, which is 32 s (Timer B and F),
	// or none after a CANCEL.
	ErrTimeout = errors.New("transaction timed out")
	// ErrTransport: the message could not be sent.
	ErrTransport = errors.New("transaction lost its transport")
	// ErrFlowGone: the connection ended.
	ErrFlowGone = errors.New("flow is gone")
	// ErrNoAck: a final answer other than 2xx to an INVITE was never
	// acknowledged (Timer H).
	ErrNoAck = errors.New("no ACK")
	// ErrEnded: the transaction has had its final answer, or the layer is closed.
	ErrEnded = errors.New("transaction has ended")
)

// Handler takes what the layer does not settle by itself. It is called in order
// for each flow (UDP: for each Call-ID) and must not block.
type Handler interface {
	// Request takes a request that began a server transaction: never ACK, never
	// CANCEL. Unless an answer to an INVITE was given before it returns, 100 is
	// sent when it returns.
	Request(tx *Server, req *sip.Request)
	// Ack takes an ACK for a 2xx (and those that belong to nothing).
	Ack(f *flow.Flow, req *sip.Request)
	// Response takes a 2xx to an INVITE without a transaction: late or forked.
	Response(f *flow.Flow, res *sip.Response)
	// FlowClosed is called once when a connection ended, after its transactions.
	FlowClosed(f *flow.Flow)
}

// Direction says which way a traced message went.
type Direction uint8

// The two directions of a trace.
const (
	In Direction = iota + 1
	Out
)

// Config is what a Layer needs; the zero value is usable.
type Config struct {
	// MaxServers bounds the server transactions in total; 0 means 32768.
	MaxServers int
	// MaxServersStream and MaxServersUDP bound them for one connection and for
	// one address; 0 means 512 and 16384.
	MaxServersStream, MaxServersUDP int
	// MaxResting bounds what is kept of transactions that have had their final
	// answer, to know repetitions by; the oldest is forgotten first. 0 means 131072.
	MaxResting int
	// StatelessPerSecond bounds the answers to UDP requests that begin no
	// transaction; 0 means 1000.
	StatelessPerSecond int
	// Mute says that a far end is told nothing outside of transactions, such as that
	// its request is malformed; nil means nobody.
	Mute func(f *flow.Flow) bool
	// Trace sees each message as it came or went; it must not keep or change
	// raw, nor block. May be nil.
	Trace func(f *flow.Flow, dir Direction, raw []byte)
	// Log takes what went wrong in here; nil means nowhere.
	Log *slog.Logger
}

// Layer is the transaction layer. It implements flow.Handler.
type Layer struct {
	cfg     Config
	handler Handler
	parser  *sipmsg.Parser
	log     *slog.Logger
	limiter *rate.Limiter
	counts  counters
	tagKey  [16]byte

	tables tables
	long   rests          // Timers D, J, L and M
	short  rests          // Timer I
	wg     sync.WaitGroup // callbacks under way
}

// New returns a layer that hands requests to h.
func New(c Config, h Handler) *Layer {
	c.MaxServers = orElse(c.MaxServers, 32768)
	c.MaxServersStream = orElse(c.MaxServersStream, 512)
	c.MaxServersUDP = orElse(c.MaxServersUDP, 16384)
	c.StatelessPerSecond = orElse(c.StatelessPerSecond, 1000)
	c.MaxResting = orElse(c.MaxResting, 131072)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Layer{
		cfg: c, handler: h, parser: sipmsg.NewParser(), log: c.Log,
		limiter: rate.NewLimiter(rate.Limit(c.StatelessPerSecond), c.StatelessPerSecond),
		tagKey:  newTagKey(),
		tables:  newTables(),
		long:    rests{after: sixtyFourT1, most: c.MaxResting},
		short:   rests{after: t4, most: c.MaxResting},
	}
}

func orElse(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return n
}

// Write sends m outside any transaction: the ACK to a 2xx, or a 2xx again. A
// request without Via gets one with a fresh branch; written again, the same
// message stays the same.
func (l *Layer) Write(f *flow.Flow, m sip.Message) error {
	if req, ok := m.(*sip.Request); ok && req.Via() == nil {
		prepare(f, req)
	}
	return l.write(f, sipmsg.Bytes(m))
}

// write sends octets and tells why they could not be sent.
func (l *Layer) write(f *flow.Flow, raw []byte) error {
	if l.cfg.Trace != nil {
		l.cfg.Trace(f, Out, raw)
	}
	err := f.Send(raw)
	switch {
	case err == nil:
		l.counts.sent.Add(1)
		return nil
	case errors.Is(err, flow.ErrClosed), errors.Is(err, flow.ErrQueueFull):
		return ErrFlowGone
	}
	return errors.Join(ErrTransport, err)
}

// Closed ends the transactions of a connection that ended, with ErrFlowGone,
// and tells the handler.
func (l *Layer) Closed(f *flow.Flow) {
	why := ErrFlowGone
	if err := f.Err(); err != nil {
		why = fmt.Errorf("%w: %w", ErrFlowGone, err)
	}
	servers, clients := l.tables.take(scopeOf(f))
	for _, s := range servers {
		s.finish(why)
	}
	for _, c := range clients {
		c.terminate(why)
	}
	l.guard("FlowClosed", func() { l.handler.FlowClosed(f) })
}

// Close ends all transactions without a word to the far ends and waits for each OnEnd
// under way; what runs on a flow's reader ends with that. It must not be called from a callback.
func (l *Layer) Close() {
	l.long.close()
	l.short.close()
	servers, clients := l.tables.close()
	for _, s := range servers {
		s.finish(ErrEnded)
	}
	for _, c := range clients {
		c.terminate(ErrEnded)
	}
	l.wg.Wait()
}

// guard calls fn and keeps its panic from the rest of the process. It reports
// whether fn returned by itself.
func (l *Layer) guard(what string, fn func()) (ok bool) {
	defer func() {
		if v := recover(); v != nil {
			l.counts.panics.Add(1)
			l.log.Error("panic in a handler", "in", what, "panic", v, "stack", string(debug.Stack()))
			ok = false
		}
	}()
	fn()
	return true
}

// counters count since the start.
type counters struct {
	received, sent, unreadable, refused, silent, limited, overload, stray, panics, withheld atomic.Uint64
}

// Counters are what a Layer has counted since its start, and its sizes now.
type Counters struct {
	// Received and Sent are messages.
	Received, Sent uint64
	// Unreadable were no SIP messages, Silent unsound ones that could not be
	// answered, Refused unsound ones that were.
	Unreadable, Silent, Refused uint64
	// Limited are stateless answers kept back by rate or size, Overload are
	// requests beyond the bounds of the tables, Stray are responses to nothing,
	// Withheld are repeated answers kept back to not amplify.
	Limited, Overload, Stray, Withheld uint64
	// Panics of handlers; each was logged.
	Panics uint64
	// Servers and Clients are the transactions now, Resting what is left of those
	// that have had their final answer.
	Servers, Clients, Resting int
}

// Counters returns the counts.
func (l *Layer) Counters() Counters {
	servers, clients, resting := l.tables.sizes()
	return Counters{
		Received: l.counts.received.Load(), Sent: l.counts.sent.Load(),
		Unreadable: l.counts.unreadable.Load(), Silent: l.counts.silent.Load(), Refused: l.counts.refused.Load(),
		Limited: l.counts.limited.Load(), Overload: l.counts.overload.Load(), Stray: l.counts.stray.Load(),
		Withheld: l.counts.withheld.Load(), Panics: l.counts.panics.Load(), Servers: servers, Clients: clients, Resting: resting,
	}
}
