package media

import (
	"time"

	"github.com/tandemgw/tandem"
)

// Totals are what the media of all legs has come to since the start, and how it goes
// now.
type Totals struct {
	Browsers, Telephones Traffic
	// Transcodes are the directions that are decoded and encoded now, by the codecs.
	Transcodes map[Transcode]int
	// Jitters are those of the legs that something has come from, in no order.
	Jitters []time.Duration
}

// Traffic is the RTP of the legs of one kind.
type Traffic struct {
	Legs                int // there are now
	In, Out             uint64
	OctetsIn, OctetsOut uint64
	Lost                int64 // of what was to come; a duplicate counts as one less
	Late, Dropped       uint64
	Flooded             uint64 // RTP and RTCP, of sound and of video, beyond the quotas
	DigitsUnsent        uint64 // that were to go out and did not
	Refused             Refusals
}

// Refusals are packets that came to legs and were of no use, by why.
type Refusals struct {
	Strangers             uint64 // of who is not the far end
	Unauthentic, Replayed uint64 // SRTP, SRTCP and DTLS
	Malformed, NotAgreed  uint64
}

func (r *Refusals) add(o Refusals) {
	r.Strangers, r.Unauthentic, r.Replayed = r.Strangers+o.Strangers, r.Unauthentic+o.Unauthentic, r.Replayed+o.Replayed
	r.Malformed, r.NotAgreed = r.Malformed+o.Malformed, r.NotAgreed+o.NotAgreed
}

// Transcode is what a direction is turned from and into, as in "opus/48000".
type Transcode struct{ From, To string }

func (t *Traffic) add(o Traffic) {
	t.In, t.Out, t.OctetsIn, t.OctetsOut = t.In+o.In, t.Out+o.Out, t.OctetsIn+o.OctetsIn, t.OctetsOut+o.OctetsOut
	t.Lost, t.Late, t.Dropped = t.Lost+o.Lost, t.Late+o.Late, t.Dropped+o.Dropped
	t.Flooded, t.DigitsUnsent = t.Flooded+o.Flooded, t.DigitsUnsent+o.DigitsUnsent
	t.Refused.add(o.Refused)
}

// ofKind is the traffic of the legs that are like ep.
func (t *Totals) ofKind(ep *Endpoint) *Traffic {
	if ep.peer != nil {
		return &t.Browsers
	}
	return &t.Telephones
}

// Totals adds up the counters of all legs, gone ones too. It costs some locks of each
// leg for a moment, and packets nothing; with many legs it takes a breath now and then.
func (e *Engine) Totals() Totals {
	e.mu.Lock()
	// At one time with the list: a leg is in one of the two.
	t := Totals{Browsers: e.gone.Browsers, Telephones: e.gone.Telephones, Transcodes: map[Transcode]int{}}
	all := make([]*Endpoint, 0, len(e.endpoints))
	for ep := range e.endpoints {
		all = append(all, ep)
	}
	e.mu.Unlock()
	tandem.InTurns(all, func(ep *Endpoint) {
		kind := t.ofKind(ep)
		kind.Legs++
		traffic, jitter, ok := ep.traffic()
		kind.add(traffic)
		if ok {
			t.Jitters = append(t.Jitters, jitter)
		}
		r, terms := ep.route.Load(), ep.terms.Load()
		if r == nil || terms == nil || r.to == nil {
			return
		}
		if choose(terms.main, r.to.terms.Load()) == doTranscode {
			t.Transcodes[Transcode{terms.main.String(), r.out.String()}]++
		}
	})
	return t
}

// traffic is what has come and gone so far; ok says that anything has come, and the
// jitter counts.
func (ep *Endpoint) traffic() (t Traffic, jitter time.Duration, ok bool) {
	t.Late, t.Dropped = ep.count.late.Load(), ep.count.dropped.Load()
	t.Flooded, t.DigitsUnsent = ep.floods(), ep.count.digitsUnsent.Load()
	w := ep.way()
	t.Refused = Refusals{w.Strangers, w.Unauthentic, w.Replayed, w.Malformed, ep.count.refused.Load()}
	r := &ep.in
	r.mu.Lock()
	t.In, t.OctetsIn, t.Lost = r.packets, r.octets, r.lost
	if ok = r.started && r.clock != 0; ok {
		t.Lost += r.lostNow()
		jitter = inTime(uint32(r.jitter>>4), r.clock)
	}
	r.mu.Unlock()
	l := ep.line
	l.mu.Lock()
	t.Out, t.OctetsOut = l.packets, l.octets
	l.mu.Unlock()
	return t, jitter, ok
}

// floods is what came beyond the quotas, of sound and of all lines of video.
func (ep *Endpoint) floods() uint64 {
	n := ep.count.flooded.Load()
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	for _, v := range ep.video {
		if v != nil {
			n += v.counts.flooded.Load()
		}
	}
	return n
}
