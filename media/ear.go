package media

import (
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

// ear hears what a leg sends, on copies of its packets, whatever else becomes of
// them: for recordings, and to find digits in the sound. Readers push packets to
// its inbox; the rest belongs to the worker.
//
//	reader -> tap -> inbox -> reorder -> decoder -> hearer
//
// As on a path, a packet that is ahead waits for those before it, at most for
// reorder.hold, and what is missing is recovered or made up.
type ear struct {
	ep   *Endpoint
	rate codecs.Rate
	to   hearer
	// plain says that nothing is made up for what never came: concealment also changes
	// what comes after it, where one is led over to the other. Immutable.
	plain   bool
	job     job
	inbox   inbox
	stopped atomic.Bool

	// worker only
	order    reorder
	decoder  codecs.Decoder
	in       format
	resample *codecs.Resampler // nil where the decoder has the rate
	due      uint32            // timestamp that follows what was heard last
	dueSet   bool
	decoded  []int16
	turned   []int16
}

// hearer takes what an ear hears, on the worker.
type hearer interface {
	// hear takes sound, in order. Nothing of it may be kept.
	hear(s heardSound)
	// event takes a telephone-event packet, in order; clock is that of its
	// timestamp and duration.
	event(h *header, clock uint32, b []byte, at int64)
	// wake is called when packets have come or the time is there that it returned
	// last; 0 is never.
	wake(now int64) (next int64)
	// over is called once, when the ear has been stopped.
	over()
}

// heardSound is a piece of sound of a leg.
type heardSound struct {
	pcm   []int16
	ts    uint32 // of its first sample
	clock uint32 // of ts
	ssrc  uint32
	at    int64 // when its packet came, or the one after it where it was made up
	made  bool  // its packet never came
}

// newEar returns an ear of ep that hears at a rate, on worker w. It hears nothing
// before it is one of the endpoint's taps.
func newEar(ep *Endpoint, w *worker, rate codecs.Rate, to hearer) *ear {
	e := &ear{ep: ep, rate: rate, to: to}
	e.job.worker, e.job.run, e.job.broken = w, e.run, e.discard
	return e
}

// push copies a packet for the worker; it runs on the reader. f is formatNone
// for what has no sound, whose sequence number is not missing.
func (e *ear) push(h *header, f format, b []byte, at int64) {
	if e.inbox.put(h, f, b, at) {
		e.ep.count.dropped.Add(1)
	}
	e.job.wake()
}

// stop ends the ear; its decoder is given back by the worker.
func (e *ear) stop() {
	e.stopped.Store(true)
	e.job.wake()
}

// run is the job: all packets that wait, then gaps whose time is over.
func (e *ear) run(now int64) int64 {
	if e.stopped.Load() {
		if e.to != nil {
			e.release()
			e.to.over()
			e.to = nil
		}
		return 0
	}
	for {
		i, s, ok := e.inbox.get()
		if !ok {
			break
		}
		e.accept(i, s)
	}
	for {
		deadline := e.order.deadline()
		if deadline == 0 || now < deadline {
			return earlier(deadline, e.to.wake(now))
		}
		e.giveUp()
	}
}

// earlier returns the earlier of two times; 0 is never.
func earlier(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// accept deals with one packet. Its slot is given back unless it is held.
func (e *ear) accept(i uint8, s *slot) {
	switch e.order.place(&s.h, i, s.at) {
	case verdictHold:
		return
	case verdictDrop:
	case verdictSkip, verdictRestart:
		for e.order.held > 0 {
			e.giveUp()
		}
		if s.h.ssrc != e.order.ssrc {
			e.dueSet = false
		}
		e.order.restart(&s.h)
		e.take(s)
		e.order.next++
	case verdictPlay:
		e.take(s)
		e.order.next++
		e.drain()
	}
	e.inbox.giveBack(i)
}

// drain takes what the window has next.
func (e *ear) drain() {
	for {
		i, ok := e.order.take()
		if !ok {
			return
		}
		e.take(e.inbox.slots[i])
		e.order.next++
		e.inbox.giveBack(i)
	}
}

// giveUp fills the gap before the window and goes on.
func (e *ear) giveUp() {
	held, _, ok := e.order.earliest()
	if !ok {
		return
	}
	e.fill(e.inbox.slots[held.slot])
	e.order.next = held.seq
	e.drain()
}

// fill makes up the sound that is missing before s, unless it is too much.
func (e *ear) fill(s *slot) {
	if !e.dueSet || e.decoder == nil || s.format != e.in {
		return
	}
	rate := int64(e.decoder.Rate())
	gap := int(int64(int32(s.h.ts-e.due)) * rate / int64(e.in.clock()))
	if gap <= 0 || gap > int(longestGap*time.Duration(rate)/time.Second) {
		return
	}
	if e.plain && e.in != formatOpus { // whose decoder should know of it
		e.miss(gap, int(rate/50), s)
		return
	}
	recoverable := 0
	if e.in == formatOpus {
		recoverable = min(gap, e.decoder.Duration(s.payload()))
	}
	for left := gap - recoverable; left > 0; {
		n := e.decoder.Conceal(e.decoded, min(left, int(rate/50)))
		if n <= 0 {
			break
		}
		left -= n
		e.tell(n, s, true)
	}
	if recoverable > 0 {
		if n, err := e.decoder.Recover(e.decoded, s.payload(), recoverable); err == nil && n > 0 {
			e.tell(n, s, true)
		}
	}
}

// miss tells of a gap, of which nothing is made up, in pieces of a size. A tone may have
// begun in it, which is louder than what the decoder has heard.
func (e *ear) miss(gap, size int, s *slot) {
	codecs.ExpectLoud(e.decoder)
	clear(e.decoded[:size])
	for ; gap > 0; gap -= size {
		e.tell(min(gap, size), s, true)
	}
}

// take hears a packet that is in order.
func (e *ear) take(s *slot) {
	if s.format == formatNone {
		if r := e.ep.route.Load(); r != nil && len(s.data) >= 4 {
			if entry := &r.entries[s.h.pt]; entry.do == doEvent {
				e.to.event(&s.h, entry.clock, s.payload(), s.at)
			}
		}
		return
	}
	if !e.decodes(s.format) {
		return
	}
	e.due, e.dueSet = s.h.ts, true
	n, err := e.decoder.Decode(e.decoded, s.payload())
	if err == nil && n > 0 {
		e.tell(n, s, false)
	}
}

// tell hands on n samples that were decoded.
func (e *ear) tell(n int, s *slot, made bool) {
	pcm := e.decoded[:n]
	if e.resample != nil {
		pcm = e.turned[:e.resample.Resample(e.turned, pcm)]
	}
	e.to.hear(heardSound{pcm: pcm, ts: e.due, clock: e.in.clock(), ssrc: s.h.ssrc, at: s.at, made: made})
	e.due += scale(uint32(n), uint32(e.decoder.Rate()), e.in.clock())
}

// decodes makes sure that there is a decoder for f.
func (e *ear) decodes(f format) bool {
	if e.decoder != nil && e.in == f {
		return true
	}
	e.release()
	rate := e.rate
	if f != formatOpus {
		rate = f.rate()
	}
	d, err := e.ep.engine.codecs.decoder(f, rate)
	if err != nil {
		return false
	}
	e.decoder, e.in, e.dueSet = d, f, false
	e.decoded = make([]int16, d.Rate().MaxFrame())
	if d.Rate() != e.rate {
		if e.resample, err = codecs.NewResampler(d.Rate(), e.rate); err != nil {
			e.release()
			return false
		}
		e.turned = make([]int16, e.resample.Size(len(e.decoded)))
	}
	return true
}

// release gives the decoder back.
func (e *ear) release() {
	e.ep.engine.codecs.freeDecoder(e.decoder)
	e.decoder, e.resample = nil, nil
}

// discard drops a decoder that a panic may have left in any state.
func (e *ear) discard() { e.decoder = nil }
