package flow

import (
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// streams is what the connections of one StreamSocket, or of one Connector, have
// in common.
type streams struct {
	limits  streamLimits
	handler Handler
	counts  streamCounters
	log     *slog.Logger
	wg      sync.WaitGroup // of readers, writers, and what leads to them
}

// streamLimits bound one connection; see StreamConfig.
type streamLimits struct {
	maxMessage, queue, queueOctets int
	idle, write, header            time.Duration
	perSecond                      int
	first                          time.Duration // until the first message; 0 means no bound of its own
}

// firstMessage is how long a connection that others opened may be without a
// message; it then is of no use to anybody.
const firstMessage = 2 * time.Minute

// orDefaults fills in what is not given.
func (l streamLimits) orDefaults() streamLimits {
	l.maxMessage = min(orElse(l.maxMessage, sipmsg.MaxMessage), sipmsg.MaxMessage)
	l.queue = orElse(l.queue, 1024)
	l.queueOctets = orElse(l.queueOctets, 1<<20)
	l.idle = orElse(l.idle, 70*time.Minute)
	l.write = orElse(l.write, 10*time.Second)
	l.header = orElse(l.header, 32*time.Second)
	l.perSecond = orElse(l.perSecond, 4000)
	l.first = min(l.first, l.idle)
	return l
}

func newStreams(l streamLimits, h Handler, log *slog.Logger) *streams {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &streams{limits: l.orDefaults(), handler: h, log: log}
}

// keepAlive has the kernel find out hosts that are gone, and keeps the way open
// through address translators: without it a silent connection to a host that has
// been switched off would never end.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}

// unacknowledged is how long what we sent may stay unacknowledged by the far
// host before the kernel ends the connection; its own bound is a quarter of an
// hour, in which everything sent would be lost.
const unacknowledged = 40 * time.Second

type streamCounters struct {
	opened, refused, untrusted, slow, broken, idle, received, sent, keepalives atomic.Uint64
}

// StreamCounters are what a StreamSocket or a Connector has counted since its
// start.
type StreamCounters struct {
	// Opened are connections that came up. Refused are those beyond the caps, or
	// of a Connector those that nobody answered; Untrusted those whose TLS
	// handshake went wrong.
	Opened, Refused, Untrusted uint64
	// Slow were cut off because they did not read, Broken because they broke the
	// protocol or the limits, Idle because nothing came.
	Slow, Broken, Idle uint64
	// Received and Sent are messages, Keepalives double CRLFs that came.
	Received, Sent, Keepalives uint64
	// Open is how many there are now.
	Open int
}

func (c *streamCounters) read(open int) StreamCounters {
	return StreamCounters{
		Opened: c.opened.Load(), Refused: c.refused.Load(), Untrusted: c.untrusted.Load(),
		Slow: c.slow.Load(), Broken: c.broken.Load(), Idle: c.idle.Load(),
		Received: c.received.Load(), Sent: c.sent.Load(), Keepalives: c.keepalives.Load(), Open: open,
	}
}
