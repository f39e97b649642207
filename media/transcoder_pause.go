package media

import (
	"github.com/tandemgw/tandem/codecs"
)

// dtxPayload is the size up to which an Opus packet says nothing but that
// its sender pauses (RFC 6716 §2.1.9, RFC 7587 §3.1.3).
const dtxPayload = 2

// formatComfort is comfort noise on its way to a worker; it is never agreed as a
// codec.
const formatComfort format = 255

// pause is what a path knows of the pauses of its source.
//
// A source pauses when it says so: by comfort noise (RFC 3389), or by an Opus
// packet that holds no sound. And it pauses when it has done so before without a
// word: when its timestamps have once run on and no packet was missing. Meanwhile
// the listener hears the background go on, as noise of its level, packet for
// packet; if it has agreed to comfort noise it gets that, and nothing else. What
// of the pause was filled is not sent again when sound comes late.
type pause struct {
	said     bool  // the source has said that it pauses
	learned  bool  // it has paused before without a word
	level    bool  // the source has said how loud the pause is
	listener bool  // takes comfort noise,
	pt       uint8 // as this
	spurt    bool  // comfort noise was sent, and no sound since
	sent     int   // samples since comfort noise was sent to the listener; -1 = not yet
	noise    codecs.ComfortNoise
	floor    codecs.NoiseFloor
}

// begin says that the source pauses.
func (u *pause) begin() {
	if !u.said {
		u.said, u.sent = true, -1
	}
}

// end says that it speaks.
func (u *pause) end() { u.said, u.level, u.sent = false, false, -1 }

// pauses reports whether the source is in a pause.
func (p *path) pauses() bool {
	return p.pause.said || p.pause.learned && p.made >= p.samplesOf(longestGap)
}

// comfort takes a packet of comfort noise (RFC 3389 §3).
func (p *path) comfort(s *slot, now int64) {
	digit := p.event
	p.event = false
	p.pause.begin()
	if len(s.data) > 0 {
		p.pause.noise.Set(s.payload())
		p.pause.level, p.pause.sent = true, -1
	}
	if !p.dueSet {
		p.beginInPause(s)
		return
	}
	if ahead := p.samples(s.h.ts - p.due); ahead > p.samplesOf(slack) && ahead <= p.samplesOf(longestGap) {
		p.due = s.h.ts
		if digit {
			p.flush(ahead, now)
			return
		}
		p.still(ahead, now)
	}
}

// beginInPause begins a stream of which the first that comes is a pause: where that made the
// worker take it over, or the far end has nothing to say yet.
func (p *path) beginInPause(s *slot) {
	f := p.in
	if f == formatNone && p.from.terms.Load() != nil {
		f = p.from.terms.Load().main
	}
	if f.clock() != 8000 || !p.decodes(f) { // that of comfort noise
		return
	}
	p.due, p.dueSet = s.h.ts, true
	p.pace.note(s.h.ts, f.clock(), s.at)
}

// still lets n samples of a pause pass, as many as p.decoded holds.
func (p *path) still(n int, now int64) {
	u := &p.pause
	level := u.floor.Level()
	if !u.level {
		u.noise.SetLevel(level)
	}
	if !u.listener {
		u.noise.Frame(p.decoded[:n])
		p.add(p.decoded[:n], now)
		return
	}
	p.flush(0, now)
	if u.sent < 0 || u.sent >= p.samplesOf(codecs.ComfortInterval) {
		p.sendComfort(u.noise.Level(), now)
		u.sent = 0
	}
	u.sent += n
	p.skip += uint32(n)
}

// sendComfort writes a packet of comfort noise. It takes no time of the line.
func (p *path) sendComfort(level uint8, now int64) {
	b := codecs.AppendComfortNoise(p.packet[:headerSize], level)
	if p.emit(b, 0, now) {
		p.skip = 0
	}
}

// stoodStill reports whether the clock of a source has stood still in a pause: what it says
// now is not what was made up meanwhile. Some telephones do so. That a word begins is told
// by the marker, or by the pause before it.
func (p *path) stoodStill(s *slot, ahead int) bool {
	return ahead <= -p.samplesOf(longestGap) && (s.h.marker || p.pauses())
}

// skipped returns the pause before the frame in units of the line.
func (p *path) skipped() uint32 { return scale(p.skip, uint32(p.rate), p.out.clock()) }

// unskip takes what was not sent of a pause back, since its sound has come after
// all: n samples at most. It returns how many.
func (p *path) unskip(n int) int {
	n = min(n, int(p.skip))
	p.skip -= uint32(n)
	return n
}

// isPause reports whether an Opus packet says that its sender pauses.
func isPause(f format, payload []byte) bool { return f == formatOpus && len(payload) <= dtxPayload }
