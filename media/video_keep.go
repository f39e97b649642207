package media

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/media/rtcpmsg"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

const (
	// keyFrameEvery is how often at most a far end is asked for a whole picture,
	// keyFrameByINFO where each time is a SIP request.
	keyFrameEvery  = int64(500 * time.Millisecond)
	keyFrameByINFO = int64(2 * time.Second)
	// videoReportEvery is how often a line's reports go out: faster than those of
	// audio, since senders of video follow them.
	videoReportEvery = time.Second
)

// keyFrames is the wish for a whole picture of a line's far end.
type keyFrames struct {
	want atomic.Bool
	last atomic.Int64 // when it was asked for last
	seq  atomic.Uint32
	lost askPace // for packets that have not come
}

const (
	// askEvery is how often, in the long run, a far end is asked for packets because
	// whoever sees it misses them; browsers ask every 20 ms at most. askAhead is how
	// far ahead of that they may be.
	askEvery = int64(5 * time.Millisecond)
	askAhead = int64(80 * time.Millisecond)
)

// askPace keeps one far end from having the other flooded with questions. It holds
// the time at which all of them would have been due.
type askPace struct{ due atomic.Int64 }

// may reports whether one more may go out.
func (p *askPace) may(at int64) bool {
	due := p.due.Load()
	next := max(due, at) + askEvery
	return next-at <= askAhead && p.due.CompareAndSwap(due, next)
}

// wantsKeyFrame is the wish of a line's far end for a whole picture of whoever it
// sees.
func (v *video) wantsKeyFrame(at int64) {
	if from := v.from.Load(); from != nil {
		from.asks.want.Store(true)
		from.ask(at)
	}
}

// ask asks the far end for a whole picture, where somebody wants one and it was
// not asked a moment ago: by PLI, by FIR, or else in the signaling.
func (v *video) ask(at int64) {
	if !v.asks.want.Load() {
		return
	}
	t, last, source := v.terms.Load(), v.asks.last.Load(), v.source.Load()
	if t == nil || source == 0 || last != 0 && at-last < keyFrameEvery {
		return
	}
	pli, fir := t.understands(sdp.PLI), t.understands(sdp.FIR)
	every := keyFrameEvery
	if !pli && !fir {
		every = keyFrameByINFO
	}
	if last != 0 && at-last < every || !v.asks.last.CompareAndSwap(last, at) {
		return
	}
	v.asks.want.Store(false)
	v.counts.asked.Add(1)
	switch {
	case pli:
		v.sendFeedback(rtcpmsg.Feedback{Kind: rtcpmsg.PSFB, Format: rtcpmsg.FormatPLI, Media: source}, nil)
	case fir: // RFC 5104 §4.3.1.1: the media source is in the FCI
		v.sendFeedback(rtcpmsg.Feedback{Kind: rtcpmsg.PSFB, Format: rtcpmsg.FormatFIR}, []uint32{source, v.asks.seq.Add(1) << 24})
	case v.ep.o.Events.KeyFrame != nil:
		v.ep.o.Events.KeyFrame()
	}
}

// What a sender of video is let, in bits a second.
const (
	startRate = 2_000_000
	leastRate = 100_000
	// leastAgreed is less, where a description wants no more: what Chromium sends at least.
	leastAgreed = 30_000
	mostRate    = 8_000_000
)

// videoRate is how much a leg can take, found from the loss that it reports: the
// loss-based half of draft-ietf-rmcat-gcc-02 §6, and whatever it says itself.
type videoRate struct {
	estimate atomic.Int64
	said     atomic.Uint64
}

// loss takes the fraction of a report, in 256ths.
func (r *videoRate) loss(fraction uint8) {
	rate := r.estimate.Load()
	switch {
	case fraction < 5: // 2 %
		rate += rate / 12
	case fraction > 25: // 10 %
		rate -= rate * int64(fraction) / 512
	}
	r.estimate.Store(min(max(rate, leastRate), mostRate))
}

// limit takes what the far end says that it can take.
func (r *videoRate) limit(rate uint64) { r.said.Store(max(rate, leastRate)) }

// now returns how much may be sent.
func (r *videoRate) now(most uint64) uint64 {
	rate := uint64(r.estimate.Load())
	if said := r.said.Load(); said != 0 {
		rate = min(rate, said)
	}
	if most != 0 {
		rate = min(rate, max(most, leastAgreed))
	}
	return rate
}

// videoWatch is what the keeper remembers of a line.
type videoWatch struct {
	due     int64
	sent    [2]uint32
	showing showing
}

// keepVideo does what is due for the lines of a leg.
func (ep *Endpoint) keepVideo(now int64, wall time.Time) {
	if ep.videos.Load() == nil {
		return
	}
	var all [sdp.MaxVideo]*video
	ep.engine.mu.Lock()
	all = ep.video
	ep.engine.mu.Unlock()
	for _, v := range all {
		if v != nil {
			v.keep(now, wall)
		}
	}
	ep.sendREMB(all[:], now)
}

// keep sends the report that is due, and asks for a whole picture that was asked
// for too early.
func (v *video) keep(now int64, wall time.Time) {
	t := v.terms.Load()
	if t == nil {
		return
	}
	v.keepShowing(&v.watch.showing, now)
	v.ask(now)
	w := &v.watch
	if now < w.due {
		return
	}
	w.due = now + int64(videoReportEvery)/2 + rand.Int64N(int64(videoReportEvery))
	o := rtcpmsg.Report{SSRC: v.ssrc, CNAME: v.ep.cname}
	ts, packets, octets, started := v.out.now(now)
	if started && (packets != w.sent[0] || packets != w.sent[1]) {
		o.Sender = &rtcpmsg.Sender{NTP: rtcpmsg.NTP(wall), TS: ts, Packets: packets, Octets: octets}
	}
	w.sent[1], w.sent[0] = w.sent[0], packets
	if b, ok := v.in.takeReport(now); ok {
		o.Block = &b
	}
	if o.Sender != nil || o.Block != nil {
		v.writeRTCP(t, o.Append(make([]byte, 0, rtcpmsg.MaxReport+transport.Tail)))
	}
}

// sendREMB tells a browser how much those who see its lines can take together.
// Without it a browser that gets no transport-wide feedback stays at what it began
// with.
func (ep *Endpoint) sendREMB(all []*video, now int64) {
	rate, sources, first := rateOf(all)
	if first == nil || now < ep.rembAt {
		return
	}
	ep.rembAt = now + int64(videoReportEvery)
	if t := first.terms.Load(); t != nil {
		first.writeRTCP(t, rtcpmsg.AppendREMB(first.emptyReport(), first.ssrc, rate, sources))
	}
}

// rateOf returns how much the lines of a far end may send together, in bits of payload a
// second, and their sources; first is the first of them, nil where there is none.
func rateOf(all []*video) (rate uint64, sources []uint32, first *video) {
	for _, v := range all {
		if v == nil {
			continue
		}
		t, source := v.terms.Load(), v.source.Load()
		r := v.route.Load()
		if t == nil || r == nil || source == 0 || !t.understands(sdp.REMB) {
			continue
		}
		rate += r.to.rate.now(r.terms.most)
		if most := r.terms.together; most != 0 {
			rate = min(rate, max(most, leastAgreed))
		}
		sources = append(sources, source)
		if first == nil {
			first = v
		}
	}
	return rate, sources, first
}
