package media

import (
	"sync"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

const (
	// Surpluses from which sound is made shorter or longer: where nobody speaks,
	// where it repeats itself well, and in any case.
	quietSurplus  = int64(10 * time.Millisecond)
	gentleSurplus = int64(20 * time.Millisecond)
	forcedSurplus = int64(40 * time.Millisecond)
	// likeEnough is how much sound must repeat itself to be shortened or
	// lengthened without being heard.
	likeEnough = 0.85
	// stretchRest is for how many frames speech is left alone after that.
	stretchRest = 2
)

// roomInput is what one member sends to a room:
//
//	reader -> jitter -> decoder -> shortened, lengthened -> the room's rate
//
// The reader and the worker meet at the jitter buffer, under a lock that is held
// for a copy of one packet.
type roomInput struct {
	engines *engines
	count   *counts

	mu     sync.Mutex // a leaf: guards jitter
	jitter jitter

	// worker only
	talker  talker
	decoder codecs.Decoder
	format  format // of decoder
	rate    int    // of decoder
	to      int    // the room's
	change  *codecs.Resampler
	sound   []int16 // decoded and not played; its capacity is fixed
	buffer  []int16 // what sound is part of
	scratch [slotSize]byte
	resting int
	frame   []int16
	tail    [maxBlend]int16
}

// blendPart of a second is how long sound that jumped takes to come in: 5 ms.
const (
	blendPart = 200
	maxBlend  = 48000 / blendPart
)

// soundAhead is how much sound is decoded ahead at most, apart from one packet.
const soundAhead = 50 * time.Millisecond

// push copies a packet; it runs on the reader. f is formatNone for what has no
// sound.
func (in *roomInput) push(h *header, f format, b []byte, at int64) {
	in.mu.Lock()
	r := in.jitter.put(h, f, b, at)
	in.mu.Unlock()
	switch r {
	case putLate:
		in.count.late.Add(1)
	case putBad:
		in.count.refused.Add(1)
	}
}

// wait returns for how long what comes waits before it is played, in ns.
func (in *roomInput) wait() int64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.jitter.target
}

// setRate says at which rate frames are wanted.
func (in *roomInput) setRate(rate int) {
	if in.to == rate {
		return
	}
	in.to = rate
	in.frame = make([]int16, rate/50)
	if in.format == formatOpus { // which runs at the room's rate by itself
		in.release()
	} else if in.decoder != nil {
		in.resample()
	}
}

// resample makes the way from the decoder's rate to the room's.
func (in *roomInput) resample() {
	in.change, _ = codecs.NewResampler(codecs.Rate(in.rate), codecs.Rate(in.to)) // both are rates
}

// next returns the next 20 ms at the room's rate. They are valid until the next
// call.
func (in *roomInput) next(now int64) []int16 {
	in.fetch(now, in.rate/50)
	if in.decoder == nil {
		clear(in.frame)
		in.talker.hear(in.frame)
		return in.frame
	}
	in.adapt(now)
	n := in.rate / 50
	if len(in.sound) < n { // another codec began, and there is none for it
		clear(in.frame)
		return in.frame
	}
	in.change.Resample(in.frame, in.sound[:n])
	in.talker.hear(in.sound[:n])
	in.sound = in.buffer[:copy(in.buffer, in.sound[n:])]
	return in.frame
}

// fetch decodes until there are want samples, or a frame where that is not known
// yet.
func (in *roomInput) fetch(now int64, want int) {
	for in.decoder == nil || len(in.sound) < want {
		it := in.take(now)
		if in.decoder == nil && it.kind != jitterFrame {
			return
		}
		if it.kind == jitterFrame && !in.decodes(it.format) {
			return
		}
		want = max(want, in.rate/50)
		if it.jumped {
			in.remember()
		}
		from := len(in.sound)
		in.fill(&it)
		if it.jumped {
			in.blend(from)
		}
	}
}

// take copies what is next out of the jitter buffer.
func (in *roomInput) take(now int64) jitterItem {
	in.mu.Lock()
	defer in.mu.Unlock()
	it := in.jitter.get(now, in.ahead())
	it.payload = in.scratch[:copy(in.scratch[:], it.payload)]
	return it
}

// ahead is how long the sound that is decoded lasts, in ns.
func (in *roomInput) ahead() int64 {
	if in.decoder == nil {
		return 0
	}
	return int64(len(in.sound)) * int64(time.Second) / int64(in.rate)
}

// fill appends the sound of an item.
func (in *roomInput) fill(it *jitterItem) {
	room := in.sound[len(in.sound):cap(in.sound)]
	span := int(it.span * int64(in.rate) / int64(time.Second))
	n := 0
	switch it.kind {
	case jitterFrame:
		var err error
		if n, err = in.decoder.Decode(room, it.payload); err != nil {
			in.count.refused.Add(1)
			n = in.decoder.Conceal(room, span)
		}
	case jitterRecover:
		var err error
		if n, err = in.decoder.Recover(room, it.payload, span); err != nil {
			n = in.decoder.Conceal(room, span)
		} else {
			in.count.recovered.Add(1)
		}
	case jitterLost:
		n = in.decoder.Conceal(room, span)
		in.count.concealed.Add(1)
	case jitterPause:
		n = in.decoder.Conceal(room, span)
	case jitterEmpty:
		n = in.decoder.Conceal(room, in.rate/100)
	}
	if n <= 0 { // a span too short for the codec, or one that is malformed
		n = min(len(room), max(span, in.rate/400))
		clear(room[:n])
	}
	in.sound = in.sound[:len(in.sound)+n]
}

// remember keeps how the sound would go on if nothing were left out, in tail.
func (in *roomInput) remember() {
	n := in.rate / blendPart
	clear(in.tail[:])
	if room := in.sound[len(in.sound):cap(in.sound)]; len(room) >= n {
		copy(in.tail[:n], room[:in.decoder.Conceal(room, n)])
	}
}

// blend lets the sound from a place on grow out of what remember kept.
func (in *roomInput) blend(from int) {
	if n := in.rate / blendPart; len(in.sound)-from >= n {
		crossfade(in.sound[from:from+n], in.tail[:n], in.sound[from:from+n])
	}
}

// adapt makes the sound shorter or longer where it is played too late or early.
func (in *roomInput) adapt(now int64) {
	in.mu.Lock()
	surplus := in.jitter.surplus(now, in.ahead())
	in.mu.Unlock()
	if in.resting > 0 {
		in.resting--
	}
	amount, gentle := max(surplus, -surplus), gentleSurplus
	if surplus < 0 { // what comes late is lost, and what is late is only late
		gentle = quietSurplus
	}
	if amount < quietSurplus || in.talker.on && (amount < gentle || in.resting > 0) {
		return
	}
	in.prepare(now)
	lag := min(in.rate/longestLag, len(in.sound)/2)
	if in.talker.on { // of silence, and of the noise in it, any part is like the next
		var likeness float64
		if lag, likeness = period(in.sound, in.rate); likeness < likeEnough && amount < forcedSurplus {
			return
		}
	}
	in.resting = stretchRest
	switch {
	case surplus > 0:
		in.sound = shorten(in.sound, lag)
	case len(in.sound)+lag <= cap(in.sound):
		in.sound = lengthen(in.sound, lag)
	}
	in.fetch(now, in.rate/50)
}

// prepare decodes what the search for a period likes to see, as far as it has
// come.
func (in *roomInput) prepare(now int64) {
	for len(in.sound) < stretchSpan(in.rate) {
		in.mu.Lock()
		ready := in.jitter.ready(in.format)
		in.mu.Unlock()
		if !ready {
			return
		}
		it := in.take(now)
		in.fill(&it)
	}
}

// decodes makes sure that there is a decoder for f.
func (in *roomInput) decodes(f format) bool {
	if in.decoder != nil && in.format == f {
		return true
	}
	in.release()
	rate := int(f.rate())
	if f == formatOpus {
		rate = in.to
	}
	d, err := in.engines.decoder(f, codecs.Rate(rate))
	if err != nil {
		in.count.refused.Add(1)
		return false
	}
	in.decoder, in.format, in.rate = d, f, rate
	if n := rate/50*9 + int(soundAhead)*rate/int(time.Second); cap(in.buffer) < n {
		in.buffer = make([]int16, n)
	}
	in.sound = in.buffer[:0]
	in.resample()
	return true
}

// release gives the decoder back.
func (in *roomInput) release() {
	in.engines.freeDecoder(in.decoder)
	in.decoder, in.format, in.rate = nil, formatNone, 0
}

// discard drops a decoder that a panic may have left in any state.
func (in *roomInput) discard() { in.decoder = nil }
