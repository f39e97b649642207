package media

import (
	"encoding/binary"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

const (
	// tapeWindow is how long it takes to tell how far a far end's clock is off.
	tapeWindow = 2 * time.Second
	// tapeSlack is how far it may be off without anything being done.
	tapeSlack = time.Millisecond
	// tapeSlip is the share of a packet, one in so many, by which it is stretched
	// or shrunk to follow a clock: nobody hears that.
	tapeSlip = 80
	// tapeEarly is how much earlier than its place a packet may come before it is
	// taken for another stream, and tapeLate how many packets in a row may be too
	// late.
	tapeEarly = 500 * time.Millisecond
	tapeLate  = 10
	// Digits are silenced a little before they begin and after they end.
	tapeMargin = 15 * time.Millisecond
)

// tapeSide is one channel of a Tape. It is worker only.
type tapeSide struct {
	t    *Tape
	ring []int16 // by position

	mapped    bool
	ssrc      uint32
	clock     uint32
	ts        uint32 // of a packet
	at        int64  // its position
	slipped   []int16
	late      int   // packets in a row that came too late
	owed      int64 // samples by which what comes is to be later
	former    tapeClock
	lowest    int64 // in the window: how much later than its place a packet came
	windowEnd int64

	// What is silenced fades, so that it does not click: shut of fade samples are over.
	shut, fade int

	keep     bool
	detector *codecs.DTMFDetector // nil where digits are kept
	searched int64
	muted    [8]stretch
	next     int    // of muted
	drawn    uint32 // timestamp of the last digit that was drawn
}

// tapeClock is where a stream was before it was placed anew. What waited while nothing
// was read comes all at once, and the stream is where it was then.
type tapeClock struct {
	known bool
	ts    uint32
	at    int64 // its position
	until int64 // when it is of no use any more
}

// stretch is a part of a channel.
type stretch struct{ from, to int64 }

func newTapeSide(t *Tape, keep bool) *tapeSide {
	s := &tapeSide{t: t, keep: keep, ring: make([]int16, samplesIn(tapeReach, t.rate)), fade: max(1, t.rate/fadePart)}
	if !keep {
		s.detector, _ = codecs.NewDTMFDetector(codecs.Rate(t.rate)) // nil at rates that no recording has
	}
	return s
}

// hear implements hearer.
func (s *tapeSide) hear(p heardSound) {
	arrived := s.t.position(p.at) - int64(len(p.pcm))
	if !s.mapped || p.ssrc != s.ssrc || p.clock != s.clock {
		if p.made {
			return
		}
		s.anchor(&p, arrived)
	}
	place := s.at + int64(int32(p.ts-s.ts))*int64(s.t.rate)/int64(s.clock)
	if !p.made {
		place = s.follow(&p, place, arrived)
	}
	pcm := p.pcm
	if s.owed != 0 && !p.made {
		place, pcm = s.slip(place, pcm)
	}
	s.put(place, pcm)
}

// anchor makes a position that of a packet.
func (s *tapeSide) anchor(p *heardSound, at int64) {
	s.mapped, s.ssrc, s.clock, s.ts, s.at = true, p.ssrc, p.clock, p.ts, at
	s.late, s.owed, s.windowEnd, s.former = 0, 0, 0, tapeClock{}
}

// move is anchor for a packet of the stream that was there before.
func (s *tapeSide) move(p *heardSound, at int64) int64 {
	former := s.former
	if !former.known || p.at >= former.until {
		former = tapeClock{true, s.ts, s.at, p.at + int64(tapeWindow)}
	}
	s.anchor(p, at)
	s.former = former
	return at
}

// returns reports whether a packet is where the stream was before it was moved, and lets
// it go on from there.
func (s *tapeSide) returns(p *heardSound, arrived int64) bool {
	if !s.former.known || p.at >= s.former.until {
		return false
	}
	place := s.former.at + int64(int32(p.ts-s.former.ts))*int64(s.t.rate)/int64(s.clock)
	delay := arrived - place
	if delay < -int64(samplesIn(tapeEarly, s.t.rate)) || delay > int64(samplesIn(tapeEarly, s.t.rate)) {
		return false
	}
	s.anchor(p, place)
	return true
}

// follow compares where a packet belongs by its timestamp with when it came, and
// returns its place. The packets that were least delayed tell how the clocks run.
func (s *tapeSide) follow(p *heardSound, place, arrived int64) int64 {
	samples := func(d time.Duration) int64 { return int64(samplesIn(d, s.t.rate)) }
	delay := arrived - place
	switch {
	case s.returns(p, arrived):
		return s.at
	case delay < -samples(tapeEarly), delay > samples(tapeLag): // or nothing of it could be placed
		return s.move(p, arrived)
	case delay > samples(tapeLag)/2+samples(tapeEarly)/2:
		if s.late++; s.late > tapeLate {
			return s.move(p, arrived)
		}
	default:
		s.late = 0
	}
	s.ts, s.at = p.ts, place
	switch {
	case s.windowEnd == 0:
		s.lowest, s.windowEnd = delay, p.at+int64(tapeWindow)
	case p.at < s.windowEnd:
		s.lowest = min(s.lowest, delay)
	default:
		s.owed = 0
		if s.lowest > samples(tapeSlack) || s.lowest < -samples(tapeSlack) {
			s.owed = s.lowest
		}
		s.lowest, s.windowEnd = delay, p.at+int64(tapeWindow)
	}
	return place
}

// slip stretches or shrinks a packet by a few samples, and moves what follows.
func (s *tapeSide) slip(place int64, pcm []int16) (int64, []int16) {
	most := int64(max(1, len(pcm)/tapeSlip))
	k := max(-most, min(most, s.owed))
	s.owed -= k
	s.at += k
	n := len(pcm) + int(k)
	if n < 2 || len(pcm) < 2 {
		return place, pcm
	}
	if n > len(s.slipped) {
		s.slipped = make([]int16, 2*n) // the longest packet so far
	}
	out := s.slipped[:n]
	for i := range out {
		at := i * (len(pcm) - 1) * 256 / (n - 1)
		j, part := at/256, at%256
		a := int(pcm[j])
		b := int(pcm[min(j+1, len(pcm)-1)])
		out[i] = int16(a + (b-a)*part/256)
	}
	return place, out
}

// put places samples. Those for which it is too late are left out, and those that
// are too far ahead.
func (s *tapeSide) put(place int64, pcm []int16) {
	if early := s.t.written - place; early > 0 {
		pcm = pcm[min(early, int64(len(pcm))):]
		place += early
	}
	room := s.t.written + int64(len(s.ring)) - place
	pcm = pcm[:max(0, min(int64(len(pcm)), room))]
	size := int64(len(s.ring))
	n := copy(s.ring[place%size:], pcm)
	copy(s.ring, pcm[n:])
}

// take moves the samples from a position on into every other place of out.
func (s *tapeSide) take(out []int16, from int64, silent bool) {
	size := int64(len(s.ring))
	for i := 0; i < len(out); i += 2 {
		at := from + int64(i/2)
		v := s.ring[at%size]
		s.ring[at%size] = 0
		if silent || s.isMuted(at) {
			s.shut = min(s.shut+1, s.fade)
		} else {
			s.shut = max(s.shut-1, 0)
		}
		out[i] = int16(int(v) * (s.fade - s.shut) / s.fade)
	}
}

func (s *tapeSide) isMuted(at int64) bool {
	for i := range s.muted {
		if at >= s.muted[i].from && at < s.muted[i].to {
			return true
		}
	}
	return false
}

// mute silences a part, which may grow from call to call.
func (s *tapeSide) mute(from, to int64) {
	last := &s.muted[(s.next+len(s.muted)-1)%len(s.muted)]
	if from <= last.to && to >= last.from {
		last.from, last.to = min(from, last.from), max(to, last.to)
		return
	}
	s.muted[s.next] = stretch{from, to}
	s.next = (s.next + 1) % len(s.muted)
}

// silenceDigits looks for tones of digits up to a position and silences them.
func (s *tapeSide) silenceDigits(until int64) {
	if s.detector == nil {
		return
	}
	margin, size := int64(samplesIn(tapeMargin, s.t.rate)), int64(len(s.ring))
	for s.searched < until {
		at := s.searched % size
		n := min(until-s.searched, size-at, int64(s.t.rate/50))
		for _, c := range s.detector.Feed(s.ring[at : at+n]) {
			s.mute(c.From-margin, c.From+int64(c.Length)+margin)
		}
		s.searched += n
		if _, length, on := s.detector.Now(); on {
			s.mute(s.searched-int64(length)-2*margin, s.searched+margin)
		}
	}
}

// event implements hearer: a digit of RFC 4733 is silenced, since some phones send
// sound beside it, or drawn as its tone when it has ended.
func (s *tapeSide) event(h *header, clock uint32, b []byte, at int64) {
	if clock == 0 {
		return
	}
	length := time.Duration(binary.BigEndian.Uint16(b[2:])) * time.Second / time.Duration(clock)
	to := s.t.position(at)
	from := to - int64(samplesIn(length, s.t.rate))
	if !s.keep {
		margin := int64(samplesIn(tapeMargin, s.t.rate))
		s.mute(from-margin, to+4*margin)
		return
	}
	if b[1]&0x80 == 0 || h.ts == s.drawn {
		return
	}
	s.drawn = h.ts
	spec, err := codecs.DTMF(b[0], length, codecs.DTMFLevels{})
	if err != nil {
		return // a flash
	}
	tone, err := codecs.NewTone(codecs.Rate(s.t.rate), spec)
	if err != nil {
		return
	}
	pcm := make([]int16, samplesIn(length, s.t.rate))
	s.put(from, pcm[:tone.Frame(pcm)])
}

// wake implements hearer.
func (s *tapeSide) wake(int64) int64 { return 0 }

// over implements hearer: whoever comes next has a clock of his own.
func (s *tapeSide) over() { s.mapped = false }
