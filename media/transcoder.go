package media

import (
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

const (
	// voiceRate is the rate of telephones' sound: 8000 samples a second.
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
// is missing is recovered from the packet after it (Opus in-band FEC; of frames
// of 40 and 60 ms that is at once) or concealed. What has not come when it should
// (pace), or when the packet that brings it back should, is made up, too: see
// transcoder_gap.go. Sound whose timestamps have run on without a packet missing
// is a pause: see transcoder_pause.go.
type path struct {
	origin  *origin
	from    *Endpoint
	to      *Endpoint
	job     job
	inbox   inbox
	stopped atomic.Bool
	live    atomic.Bool // it has the sound now; see transcoder_turn.go

	// worker only
	order   reorder
	pace    pace
	decoder codecs.Decoder
	in      format      // of decoder
	rate    codecs.Rate // of all samples here
	encoder codecs.Encoder
	wish    opusWish // that encoder is after
	out     format
	steer   steer
	due     uint32 // timestamp that follows what was decoded or made up last
	dueSet  bool
	span    int    // samples in the packet before
	fec     int    // samples of the frame that it brings back if that is lost; 0: none
	made    int    // samples made up since a packet was heard
	event   bool   // a digit is under way: no sound is missing
	torn    bool   // packets are missing before the one that is played
	skip    uint32 // pause before the frame being filled, in samples
	frame   int    // samples
	filled  int
	seam    seam
	pause   pause
	gauge   gauge
	cost    cost
	behind  behind
	pcm     []int16 // a frame
	decoded []int16 // the worker's, of which nothing is left after a turn
	packet  []byte  // the same
}

func newPath(ep *Endpoint, r *route) *path {
	w := ep.worker
	if r.to != nil && r.to.serial < ep.serial {
		w = r.to.worker // that of the older leg, so that both directions share one
	}
	rate := r.rate
	p := &path{
		origin: &r.origin, from: ep, to: r.to, out: r.out, rate: rate,
		frame:   r.frame * int(rate) / 1000,
		pcm:     make([]int16, int(rate)*60/1000),
		decoded: w.decoded[:rate.MaxFrame()], packet: w.packet[:],
	}
	p.seam.pcm = make([]int16, rate/blendPart)
	p.pause.listener, p.pause.pt = r.comfort, r.comfortPT
	if r.behind {
		p.behind.ring = make([]int16, p.samplesOf(heldBack))
	}
	p.job.worker, p.job.run, p.job.broken = w, p.run, p.discard
	p.job.gather = true
	a := &ep.engine.admission
	a.paths.Add(1)
	w.load.promise(a.perDirection())
	return p
}

// push copies a packet for the worker; it runs on the reader. f is formatNone
// for a telephone-event, whose sequence number is not missing, and formatComfort
// for comfort noise.
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

// run is the job: all packets that wait, then what is over its time.
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
		p.job.worker.load.note(now-s.at, now)
		p.accept(i, s, now)
	}
	for {
		deadline := p.deadline()
		if deadline == 0 || now < deadline {
			p.cost.note(p, now)
			return deadline
		}
		if p.order.held > 0 {
			p.giveUp(now)
		} else {
			p.makeUp(now)
		}
	}
}

// accept deals with one packet. Its slot is given back unless it is held.
func (p *path) accept(i uint8, s *slot, now int64) {
	if s.format == formatElsewhere {
		p.forget()
		p.inbox.giveBack(i)
		return
	}
	switch p.order.place(&s.h, i, s.at) {
	case verdictHold:
		if p.sounds(s.format) && p.dueSet && int32(s.h.ts-p.due) <= 0 || p.brings(s) {
			p.giveUp(now) // what it would wait for has been made up, or is in it
		}
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
		p.torn = true
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

// sounds reports whether f is that of sound, and not an event or a pause.
func (p *path) sounds(f format) bool { return f != formatNone && f != formatComfort }

// restart begins a new stream.
func (p *path) restart(s *slot, now int64) {
	p.order.restart(&s.h)
	p.flush(0, now)
	p.dueSet, p.skip, p.made, p.event, p.torn = false, 0, 0, false, false
	p.pace.set, p.seam.open = false, false
	p.pause.end()
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
		p.play(p.inbox.slots[i], p.inbox.slots[i].at)
		p.order.next++
		p.inbox.giveBack(i)
	}
}

// samplesOf returns a time in samples.
func (p *path) samplesOf(d time.Duration) int { return p.rate.Samples(d) }

// samples turns a distance of timestamps into samples; it may be negative.
func (p *path) samples(d uint32) int {
	return int(int64(int32(d)) * int64(p.rate) / int64(p.in.clock()))
}

// units turns samples into units of the clock of what comes.
func (p *path) units(n int) uint32 { return scale(uint32(n), uint32(p.rate), p.in.clock()) }
