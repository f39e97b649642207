package media

import (
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sound"
	"github.com/tandemgw/tandem/media/transport"
)

const (
	wideRate = 16000
	// tooLate is how far a player may fall behind before it leaves frames out
	// instead of sending them in a burst.
	tooLate = 60 * time.Millisecond
	// playPoll is how often a player looks whether it may begin.
	playPoll = 20 * time.Millisecond
)

// player sends a Source on the clock of the leg's worker: each frame at the
// begin of the last one plus its length, never at a tick that could drift.
// Players begin when they are told to, so that their frames spread over time
// by themselves.
type player struct {
	origin  origin
	ep      *Endpoint
	src     sound.Source
	done    func()
	job     job
	stopped atomic.Bool

	// worker only
	encoder codecs.Encoder
	wish    opusWish // that encoder is after
	steer   steer
	out     format
	skip    uint32 // what was not sent, since there was nothing to hear in it (DTX), in units of the line
	rate    int
	frame   int // ms
	next    int64
	begun   bool
	ended   bool
	gauge   gauge
	pcm     [wideRate * 60 / 1000]int16
	packet  [headerSize + slotSize + transport.Tail]byte
}

func newPlayer(ep *Endpoint, s sound.Source, done func()) *player {
	p := &player{ep: ep, src: s, done: done}
	p.job.worker, p.job.run, p.job.broken = ep.worker, p.run, p.discard
	p.job.gather = true
	return p
}

// stop ends the player without calling done.
func (p *player) stop() {
	p.stopped.Store(true)
	p.job.wake()
}

// run is the job: the frames that are due, and the time of the next.
func (p *player) run(now int64) int64 {
	if p.stopped.Load() {
		p.release()
		return 0
	}
	t := p.ep.terms.Load()
	if t == nil || !p.ep.up.Load() {
		return now + int64(playPoll)
	}
	if p.begun && now < p.next {
		return p.next
	}
	if p.ended {
		p.finish()
		return 0
	}
	if !p.prepare(t) {
		return now + int64(playPoll)
	}
	if !p.begun || now-p.next > int64(tooLate) {
		if p.begun {
			p.ep.line.renew(&p.origin)
		}
		p.begun, p.next = true, now
	}
	for p.next <= now && !p.ended {
		p.step()
	}
	return p.next
}

// prepare makes sure that there is an encoder for what was agreed.
func (p *player) prepare(t *terms) bool {
	wish := t.wish(t.send)
	if p.out == t.send && (p.encoder != nil && p.wish == wish || p.out.opaque()) {
		p.frame = t.frame
		return true
	}
	p.release()
	p.rate = voiceRate
	if t.send.rate() >= wideRate && (t.send != formatOpus || p.src.Rate() >= wideRate) {
		p.rate = wideRate
	}
	if t.send.opaque() { // the far end hears nothing, but whoever waits for the end comes to it
		p.ep.log.Warn("not heard: sound cannot be turned into what the far end has agreed to", "codec", t.send.String())
		p.out, p.frame = t.send, t.frame
		return true
	}
	e, err := p.ep.engine.codecs.encoderFor(t.send, codecs.Rate(p.rate), wish)
	if err != nil {
		p.ep.count.encodeErrors.Add(1)
		return false
	}
	p.encoder, p.wish, p.out, p.frame, p.skip = e, wish, t.send, t.frame, 0
	p.steer.begin(codecs.Rate(p.rate), wish)
	return true
}

// step sends one frame.
func (p *player) step() {
	pcm := p.pcm[:p.rate*p.frame/1000]
	n := p.src.Frame(pcm, p.rate)
	if n < len(pcm) {
		p.ended = true
		if n <= 0 {
			return
		}
		clear(pcm[n:])
	}
	p.gauge.note(&p.ep.sentLevel, pcm)
	at := p.next
	p.next += int64(p.frame) * int64(time.Millisecond)
	if p.out.opaque() {
		return
	}
	if p.out == formatOpus {
		p.steer.follow(p.encoder, p.ep.loss.Load(), p.job.worker.effort())
	}
	p.ep.follow(p.encoder)
	span := p.out.clock() / 1000 * uint32(p.frame)
	size, err := p.encoder.Encode(p.packet[headerSize:headerSize+slotSize], pcm)
	if err != nil {
		p.ep.count.encodeErrors.Add(1)
	}
	if err != nil || size <= 0 { // 0: the encoder has nothing to say (DTX)
		p.skip += span
		return
	}
	p.ep.emit(&p.origin, p.packet[:headerSize+size], lasting{span: span, skip: p.skip, by: p.encoder}, at, p.job.worker.out)
	p.skip = 0
}

// finish makes the leg hear nothing and tells that the source has ended.
func (p *player) finish() {
	p.release()
	if p.ep.played(p) && p.done != nil {
		p.done()
	}
}

// played takes a player that has ended away; false when something else had
// replaced it.
func (ep *Endpoint) played(p *player) bool {
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	if ep.hears.player != p {
		return false
	}
	ep.hears = source{}
	ep.line.source(nil)
	return true
}

func (p *player) release() {
	p.ep.engine.codecs.freeEncoder(p.encoder)
	p.encoder = nil
}

// discard drops an encoder that a panic may have left in any state.
func (p *player) discard() { p.encoder = nil }
