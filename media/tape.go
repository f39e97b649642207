package media

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/transport"
)

const (
	// tapeLag is how far what is written stays behind: packets may be so late and
	// still find their place.
	tapeLag = time.Second
	// tapeReach is how far ahead of what is written sound may lie.
	tapeReach = 2500 * time.Millisecond
	// tapeStep is how often a tape writes.
	tapeStep = 100 * time.Millisecond
	// tapeAhead is how far ahead of what is written digits are looked for: longer
	// than it takes to find one.
	tapeAhead = 400 * time.Millisecond
	// tapeLead is how long before its beginning the first sound may have begun.
	tapeLead = 60 * time.Millisecond
	// maxMarks bounds the pauses that are still to come on the tape.
	maxMarks = 32
)

// Tape puts what the two parties of a call send on the two channels of a
// recording, both by the same clock: sound is where it came, a gap is as long as
// it was, and the clock of a far end that runs faster or slower is followed. What
// a party hears from the gateway, prompts and music, is not recorded.
//
// It belongs to a worker, as the ears do that hear the parties.
type Tape struct {
	engine *Engine
	rec    *record.Recording
	rate   int
	job    job
	began  int64 // when its first sample is
	closed atomic.Bool

	// Guarded by engine.mu:
	legs [2]*Endpoint
	ears [2]*ear

	mu     sync.Mutex // a leaf: guards what follows
	marks  []tapeMark // pauses that what is written has not come to
	paused bool       // as asked for last

	// worker only
	sides   [2]*tapeSide
	written int64 // samples
	silent  bool  // a pause is written
	over    bool
	both    []int16
	talker  talker // of the left side

	heard atomic.Int64 // samples with a voice on the left side
	quiet atomic.Int64 // samples since then
}

// tapeMark is the beginning or the end of a pause.
type tapeMark struct {
	at int64 // position
	on bool
}

// NewTape records what left and right send; either may be nil. Of a recording of one
// channel that is left alone. rec is closed with the tape. keepDigits leaves the tones of digits where they are, and puts those
// of RFC 4733 there; else digits are silent.
func (e *Engine) NewTape(rec *record.Recording, keepDigits bool, left, right *Endpoint) *Tape {
	t := &Tape{engine: e, rec: rec, rate: rec.Rate(), began: transport.Now() - int64(tapeLead)}
	t.both = make([]int16, 2*samplesIn(codecs.FrameDuration, t.rate))
	for i := range t.sides {
		t.sides[i] = newTapeSide(t, keepDigits)
	}
	w := e.workers[0]
	for _, ep := range [2]*Endpoint{right, left} {
		if ep != nil {
			w = ep.worker
		}
	}
	t.job.worker, t.job.run, t.job.broken = w, t.run, rec.Close
	t.Hear(left, right)
	t.job.wake()
	return t
}

// Hear changes who is on the two channels; nil is nobody. It does nothing where
// they are the same.
func (t *Tape) Hear(left, right *Endpoint) {
	t.engine.mu.Lock()
	defer t.engine.mu.Unlock()
	for i, ep := range [2]*Endpoint{left, right} {
		if t.closed.Load() || ep == t.legs[i] {
			continue
		}
		t.dropLocked(i)
		if ep != nil {
			t.legs[i], t.ears[i] = ep, newEar(ep, t.job.worker, codecs.Rate(t.rate), t.sides[i])
			ep.tapLocked(t.ears[i], nil)
		}
	}
}

// dropLocked hears a party no more.
func (t *Tape) dropLocked(i int) {
	if t.ears[i] != nil {
		t.legs[i].tapLocked(nil, t.ears[i])
	}
	t.legs[i], t.ears[i] = nil, nil
}

// Pause leaves silence from this moment on (true), or ends that (false).
func (t *Tape) Pause(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if on == t.paused || len(t.marks) == maxMarks {
		return
	}
	t.paused = on
	t.marks = append(t.marks, tapeMark{t.position(transport.Now()), on})
}

// Paused says whether silence is recorded.
func (t *Tape) Paused() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.paused
}

// Over says that nothing more is recorded: it was closed, or the recording has
// failed.
func (t *Tape) Over() bool { return t.closed.Load() || t.rec.Over() }

// Close ends the tape and its recording. It does not wait, and may be called more
// than once.
func (t *Tape) Close() {
	t.engine.mu.Lock()
	defer t.engine.mu.Unlock()
	if t.closed.Swap(true) {
		return
	}
	for i := range t.ears {
		t.dropLocked(i)
	}
	t.job.wake()
}

// position is where a time lies, in samples.
func (t *Tape) position(at int64) int64 { return units(at-t.began, uint32(t.rate)) }

// run is the job: it writes what is old enough.
func (t *Tape) run(now int64) int64 {
	switch {
	case t.over:
		return 0
	case t.closed.Load():
		t.write(t.position(now))
		t.rec.Close()
		t.over = true
		return 0
	case t.rec.Over():
		t.over = true
		t.Close() // nobody is to be heard any more
		return 0
	}
	t.write(t.position(now - int64(tapeLag)))
	return now + int64(tapeStep)
}

// write puts what is before a position on the recording.
func (t *Tape) write(until int64) {
	for _, s := range t.sides {
		s.silenceDigits(until + int64(samplesIn(tapeAhead, t.rate)))
	}
	for t.written < until {
		n := int(min(until-t.written, int64(len(t.both)/2)))
		n = t.turn(n)
		for i, s := range t.sides {
			s.take(t.both[i:2*n], t.written, t.silent)
		}
		t.listen(n)
		if t.rec.Channels() == 1 {
			t.rec.WriteMono(t.both[:n])
		} else {
			t.rec.WriteStereo(t.both[:2*n])
		}
		t.written += int64(n)
	}
}

// listen looks for a voice on the left side of what is to be written; of a recording
// of one channel it leaves that side alone.
func (t *Tape) listen(n int) {
	if t.rec.Channels() != 1 {
		return
	}
	for i := range n {
		t.both[i] = t.both[2*i]
	}
	if t.talker.hear(t.both[:n]); t.talker.on {
		t.heard.Add(int64(n))
		t.quiet.Store(0)
		return
	}
	t.quiet.Add(int64(n))
}

// Voice says of a recording of one channel how much of it is somebody's voice, and
// how long nobody has spoken at its end. Both are a second behind.
func (t *Tape) Voice() (heard, quiet time.Duration) {
	length := func(n int64) time.Duration { return time.Duration(n) * time.Second / time.Duration(t.rate) }
	return length(t.heard.Load()), length(t.quiet.Load())
}

// turn begins or ends a pause where one is due, and cuts n so that it does not
// reach into the next.
func (t *Tape) turn(n int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.marks) > 0 && t.marks[0].at <= t.written {
		t.silent = t.marks[0].on
		t.marks = t.marks[1:]
	}
	if len(t.marks) > 0 {
		n = int(min(int64(n), t.marks[0].at-t.written))
	}
	return n
}
