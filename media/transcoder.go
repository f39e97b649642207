package media

import (
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

const (
	// voiceRate is the rate at which sound is decoded and encoded: one end of
	// a transcoded call is G.711, and Opus runs at that rate by itself.
	voiceRate = 8000
	// longestGap is how much missing sound is made up; more is silence.
	longestGap = 120 * time.Millisecond
	// longestPause is how far timestamps may run ahead in one step and still
	// be a pause of the same stream.
	longestPause = 30 * time.Second
	// slack is what timestamps may be off without a meaning.
	slack = 2 * time.Millisecond

	maxFrame   = voiceRate * 60 / 1000
	maxDecoded = voiceRate * 120 / 1000
)

// path is the Transcoder of one direction. Readers push packets to its inbox;
// the rest belongs to the worker.
//
//	reader -> inbox -> reorder -> decoder -> framer -> encoder -> line
//
// A packet goes all the way at the moment it arrives when it is in order. One
// that is ahead waits for those before it, at most for reorder.hold; then what
// is missing is recovered from the packet after it (Opus in-band FEC) or
// concealed. Sound whose timestamps have run on without a packet missing is a
// pause (DTX): nothing is sent in it.
type path struct {
	origin  *origin
	from    *Endpoint
	to      *Endpoint
	job     job
	inbox   inbox
	stopped atomic.Bool

	// worker only
	order   reorder
	decoder codecs.Decoder
	in      format // of decoder
	encoder codecs.Encoder
	out     format
	loss    uint32 // told to encoder
	due     uint32 // timestamp that follows what was decoded last
	dueSet  bool
	skip    uint32 // pause before the frame being filled, in samples
	frame   int    // samples
	filled  int
	gauge   gauge
	pcm     [maxFrame]int16
	decoded [maxDecoded]int16
	packet  [headerSize + slotSize + transport.Tail]byte
}

func newPath(ep *Endpoint, r *route) *path {
	p := &path{
		origin: &r.origin, from: ep, to: r.to, out: r.out,
		frame: r.frame * voiceRate / 1000,
	}
	w := ep.worker
	if r.to != nil && r.to.serial < ep.serial {
		w = r.to.worker // that of the older leg, so that both directions share one
	}
	p.job.worker, p.job.run, p.job.broken = w, p.run, p.discard
	return p
}

// push copies a packet for the worker; it runs on the reader. f is formatNone
// for a telephone-event, whose sequence number is not missing.
func (p *path) push(h *header, f format, b []byte, at int64) {
	if p.inbox.put(h, f, b, at) {
		p.from.count.dropped.Add(1)
	}
	p.job.wake()
}

// stop ends the path; its codecs are given back by the worker.
func (p *path) stop() {
	p.stopped.Store(true)
	p.job.wake()
}

// run is the job: all packets that wait, then gaps whose time is over.
func (p *path) run(now int64) int64 {
	if p.stopped.Load() {
		p.release()
		return 0
	}
	for {
		i, s, ok := p.inbox.get()
		if !ok {
			break
		}
		p.job.worker.late.note(now-s.at, now)
		p.accept(i, s, now)
	}
	for {
		deadline := p.order.deadline()
		if deadline == 0 || now < deadline {
			return deadline
		}
		p.giveUp(now)
	}
}

// accept deals with one packet. Its slot is given back unless it is held.
func (p *path) accept(i uint8, s *slot, now int64) {
	switch p.order.place(&s.h, i, s.at) {
	case verdictHold:
		return
	case verdictPlay:
		p.play(s, now)
		p.order.next++
		p.drain(now)
	case verdictDrop:
		p.from.count.late.Add(1)
	case verdictSkip:
		for p.order.held > 0 {
			p.giveUp(now)
		}
		p.order.restart(&s.h)
		p.play(s, now)
		p.order.next++
	case verdictRestart:
		for p.order.held > 0 {
			p.giveUp(now)
		}
		p.restart(s, now)
		p.play(s, now)
		p.order.next++
	}
	p.inbox.giveBack(i)
}

// restart begins a new stream.
func (p *path) restart(s *slot, now int64) {
	p.order.restart(&s.h)
	p.flush(0, now)
	p.dueSet, p.skip = false, 0
	if p.decoder != nil {
		p.decoder.Reset()
	}
	p.to.line.renew(p.origin)
}

// drain plays what the window has next.
func (p *path) drain(now int64) {
	for {
		i, ok := p.order.take()
		if !ok {
			return
		}
		p.play(&p.inbox.slots[i], now)
		p.order.next++
		p.inbox.giveBack(i)
	}
}

// giveUp fills the gap before the window and plays on.
func (p *path) giveUp(now int64) {
	held, missing, ok := p.order.earliest()
	if !ok {
		return
	}
	p.fill(&p.inbox.slots[held.slot], missing, now)
	p.order.next = held.seq
	p.drain(now)
}

// fill makes up the sound that is missing before s: from s itself as far as it
// carries it, the rest by concealment. What is too long is left silent, and so
// is a gap before an event.
func (p *path) fill(s *slot, missing int, now int64) {
	if !p.dueSet || s.format != p.in || p.decoder == nil {
		return
	}
	gap := p.samples(s.h.ts - p.due)
	if gap <= 0 || gap > int(longestGap/time.Millisecond)*voiceRate/1000 {
		return
	}
	p.due = s.h.ts
	recoverable := 0
	if p.in == formatOpus {
		recoverable = min(gap, p.decoder.Duration(s.payload()))
	}
	for left := gap - recoverable; left > 0; {
		n := p.decoder.Conceal(p.decoded[:], min(left, voiceRate/50))
		if n <= 0 {
			break
		}
		left -= n
		p.add(p.decoded[:n], now)
	}
	concealed := missing
	if recoverable > 0 {
		n, err := p.decoder.Recover(p.decoded[:], s.payload(), recoverable)
		if err == nil && n > 0 {
			p.add(p.decoded[:n], now)
			p.from.count.recovered.Add(1)
			concealed--
		}
	}
	p.from.count.concealed.Add(uint64(max(concealed, 0)))
}

// samples turns a distance of timestamps into samples; it may be negative.
func (p *path) samples(d uint32) int {
	return int(int64(int32(d)) * voiceRate / int64(p.in.clock()))
}
