package media

import (
	"sync"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// NoticeKind says what a Notice is about.
type NoticeKind uint8

// What is told of an Endpoint, in the order in which it usually comes.
const (
	NoticeOpened   NoticeKind = iota + 1
	NoticeSecured             // ICE has a pair and the keys are agreed; on plain legs the keys alone
	NoticeFailed              // ICE or DTLS came to nothing, or the far end closed it
	NoticeFirstIn             // the first RTP packet has come
	NoticeFirstOut            // the first RTP packet has gone
	NoticeDigitIn             // a whole digit was heard
	NoticeDigitOut            // a digit is sent
	NoticeLoss                // packets of the far end are missing
	NoticeClosed              // it is over; nothing comes after it
)

// Notice is something that the media of a leg did, for who keeps a record of the call.
type Notice struct {
	Kind NoticeKind
	At   time.Time
	// Call and Leg are those of Options, Endpoint is whose it is.
	Call, Leg string
	Endpoint  *Endpoint
	// Way is where the media goes at the time; zero where it is not known yet, and for
	// digits and losses.
	Way Way
	// ICE and DTLS are how long each took, for NoticeSecured at browsers; Reason is why
	// NoticeFailed.
	ICE, DTLS time.Duration
	Reason    string
	// Codec is that of the first packet.
	Codec string
	// Digit lasted for Lasted; Lost packets were missing within Lasted.
	Digit  Digit
	Lasted time.Duration
	Lost   uint32
	// Stats and Headers are how it went, for NoticeClosed.
	Stats   *Stats
	Headers *HeaderLog
	// Clear is what was kept in the clear, for NoticeClosed; nil where nothing was.
	Clear *ClearLog
}

// Losses are told where at least lossWorth packets are missing within lossEvery, and
// lossTold times at most for each leg: who looks at a call wants to know when it began,
// and the statistics say how much it was.
const (
	lossWorth = 3
	lossEvery = 2 * time.Second
	lossTold  = 20
)

// notices is what is left to be told of an Endpoint.
type notices struct {
	mu     sync.Mutex // a leaf: guards digits and count
	digits [16]notedDigit
	count  int

	looking     sync.Mutex // held by who looks, the keeper or Close; guards what follows
	secured     bool
	first       [2]bool // in, out
	missing     uint32
	missingAt   int64
	lossNotices int
}

// notedDigit is a digit until the keeper tells it.
type notedDigit struct {
	digit  Digit
	lasted time.Duration
	at     int64
	kind   NoticeKind
}

// noteDigit keeps a digit for the keeper; it runs with the packets.
func (ep *Endpoint) noteDigit(k NoticeKind, d Digit, lasted time.Duration) {
	if ep.engine.c.Notify == nil {
		return
	}
	n := &ep.noted
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.count < len(n.digits) {
		n.digits[n.count] = notedDigit{d, lasted, transport.Now(), k}
		n.count++
	}
}

// notify tells something of ep.
func (ep *Endpoint) notify(n Notice) {
	if ep.engine.c.Notify == nil {
		return
	}
	if n.At.IsZero() {
		n.At = time.Now()
	}
	n.Call, n.Leg, n.Endpoint = ep.o.Call, ep.o.Leg, ep
	ep.engine.c.Notify(n)
}

// notifyState tells how a browser's way has come.
func (ep *Endpoint) notifyState(s transport.PeerState) {
	if ep.engine.c.Notify == nil {
		return
	}
	stats := ep.peer.Stats()
	n := Notice{Way: ep.way(), ICE: stats.ICEAt, DTLS: stats.DTLSAt, Reason: stats.Reason}
	switch s {
	case transport.PeerConnected:
		n.Kind = NoticeSecured
	case transport.PeerFailed:
		n.Kind = NoticeFailed
	default:
		return
	}
	ep.notify(n)
}

// look tells what has happened since it looked last. The keeper calls it, and Close
// for the last time.
func (ep *Endpoint) look(now int64, wall time.Time) {
	if ep.engine.c.Notify == nil {
		return
	}
	n := &ep.noted
	n.looking.Lock()
	defer n.looking.Unlock()
	when := func(at int64) time.Time { return wall.Add(time.Duration(at - now)) }
	if ep.plain != nil && !n.secured {
		if way := ep.way(); way.Profile != "" {
			n.secured = true
			ep.notify(Notice{Kind: NoticeSecured, Way: way})
		}
	}
	ep.lookFirst(n, when)
	ep.lookLoss(n, now)
	n.mu.Lock()
	digits := append([]notedDigit(nil), n.digits[:n.count]...)
	n.count = 0
	n.mu.Unlock()
	for _, d := range digits {
		ep.notify(Notice{Kind: d.kind, At: when(d.at), Digit: d.digit, Lasted: d.lasted})
	}
}

// lookFirst tells of the first packet each way.
func (ep *Endpoint) lookFirst(n *notices, when func(int64) time.Time) {
	if !n.first[0] {
		ep.in.mu.Lock()
		at, codec := ep.in.first, format(ep.in.codec)
		ep.in.mu.Unlock()
		if n.first[0] = at != 0; at != 0 {
			ep.notify(Notice{Kind: NoticeFirstIn, At: when(at), Way: ep.way(), Codec: codec.String()})
		}
	}
	if !n.first[1] {
		ep.line.mu.Lock()
		at := ep.line.first
		ep.line.mu.Unlock()
		if n.first[1] = at != 0; at != 0 {
			codec := ""
			if t := ep.terms.Load(); t != nil {
				codec = t.send.String()
			}
			ep.notify(Notice{Kind: NoticeFirstOut, At: when(at), Way: ep.way(), Codec: codec})
		}
	}
}

func (ep *Endpoint) lookLoss(n *notices, now int64) {
	if n.missingAt != 0 && now-n.missingAt < int64(lossEvery) {
		return
	}
	within := time.Duration(now - n.missingAt)
	if n.missingAt == 0 {
		within = 0
	}
	n.missingAt = now
	ep.in.mu.Lock()
	missing := ep.in.before.missing + ep.in.bursts.missing
	ep.in.mu.Unlock()
	lost := missing - n.missing
	n.missing = missing
	if lost < lossWorth || n.lossNotices >= lossTold {
		return
	}
	n.lossNotices++
	ep.notify(Notice{Kind: NoticeLoss, Lost: lost, Lasted: within})
}
