package codecs

import (
	"fmt"
	"math"
)

// What a tone must be to count as a digit (ITU-T Q.24, and the practice of
// receivers where that leaves room).
const (
	// dtmfBlock is the samples at 8000 that are looked at together, 12.75 ms, and
	// dtmfHop how far one block is from the next: half of that, so that the blocks,
	// which fade in and out, add up to the whole.
	dtmfBlock, dtmfHop = 102, 51
	// dtmfLevel is the softest that a sine may be, in dBm0.
	dtmfLevel = -36.0
	// dtmfTwist is how much louder the low sine may be than the high one, and
	// dtmfReverseTwist how much softer, in dB: 8 and 4, and the error of measuring.
	dtmfTwist, dtmfReverseTwist = 8.8, 4.8
	// dtmfShare is the share of all energy that the two sines must have to be a
	// digit; dtmfRough before their frequencies are known exactly, and dtmfOn to
	// remain one.
	dtmfShare, dtmfRough, dtmfOn = 0.90, 0.60, 0.45
	// dtmfOffset is how far off the frequencies may be: 1.5 % must be taken, 3.5 %
	// must not.
	dtmfOffset = 0.023
	// dtmfSteady is how much a sine may change from one block to the next, in dB.
	dtmfSteady = 2.0
	// dtmfSwell is how much a sine may get louder from one block to the next after a hole,
	// in dB, where the decoder has to find its loudness again, and dtmfHealing for how
	// many blocks.
	dtmfSwell, dtmfHealing = 9.0, 8
	// dtmfProofs is how often in a row two blocks must agree; dtmfSuspicion makes it
	// worth while to be silent.
	dtmfProofs, dtmfSuspicion = 3, 1
	// dtmfProofsPieced is how often where samples were skipped within the tone, and
	// dtmfProofsLed where they were right before it, of which dtmfLead hops at most count
	// for it.
	dtmfProofsPieced, dtmfProofsLed, dtmfLead = 1, 2, 2
	// dtmfEdge is what the blocks at an edge of a tone would have told of it, in hops, were
	// there no hole, and dtmfHole how much of a hole, in hops, is shared between the tone
	// and the silence beside it.
	dtmfEdge, dtmfHole = 0.8, 6.3
	// dtmfHarmonic is how far the second harmonic of a sine must be below it, in
	// dB: voices have one, telephones do not.
	dtmfHarmonic = 14.0
	// dtmfClear is how far, in Hz, a harmonic must be from the other sine to be
	// told from it in so short a block.
	dtmfClear = 170.0
	// dtmfStays is how loud, as a share of its amplitude, both sines of a digit that is
	// on must be for it to remain so whatever else there is, and dtmfWhole from where a
	// block counts as full of it: codecs for speech make noise beside a long tone.
	dtmfStays, dtmfWhole = 0.5, 0.7
	// dtmfLength is how long a tone must last, in hops: 40 ms must be taken, 23 ms
	// must not.
	dtmfLength = 5
	// dtmfGap is the blocks without the tone that end it: 40 ms must, 10 ms must
	// not.
	dtmfGap = 4
)

// dtmfSines are the four low sines, then the four high ones, in Hz. They never
// change.
var dtmfSines = [8]float64{697, 770, 852, 941, 1209, 1336, 1477, 1633}

// DTMFChange is what a DTMFDetector has found.
type DTMFChange struct {
	// Event is the digit by its code of RFC 4733 §3.2, 0 to 15.
	Event uint8
	// End says that the tone is over; else it has begun.
	End bool
	// From is where the tone began, in samples since the detector was new or
	// reset, within 6 ms.
	From int64
	// Length is how long it has lasted, in samples, within 10 ms.
	Length int
}

// DTMFDetector hears the digits in a stream of samples, by Goertzel's algorithm.
// A digit is found some 40 ms after it began, and its end some 30 ms after that
// was. It belongs to one goroutine and allocates nothing.
//
// The eight sines are measured in blocks of 12.75 ms, one every 6.375 ms. A block
// is a hit when it has one sine of each group and little else. How far the
// frequencies are off is told by how the phases moved from one hit to the next:
// that is exact where the short block is not, so that no voice is taken for a
// digit. The tone lasts for the sum of what the blocks have of it.
type DTMFDetector struct {
	block, hop int // samples; immutable, as what follows
	hopTime    float64
	sines      [8]dtmfBin
	doubles    [8]dtmfBin // their second harmonics
	limits     dtmfLimits
	window     [2 * dtmfBlock]float32 // Hann
	norm       float32                // from what is measured to energy

	filled  int
	samples [2 * dtmfBlock]float32
	faded   [2 * dtmfBlock]float32
	at      int64 // where the block begins
	last    dtmfBlockFound
	skipped int  // samples, right before the block that is filled
	swells  bool // see Swells
	healing int  // blocks in which what comes after a hole may still swell
	tone    dtmfTone
	changes [32]DTMFChange
}

// dtmfLimits are the limits above as ratios of energy.
type dtmfLimits struct{ level, twist, reverse, steady, swell, harmonic float32 }

// dtmfBlockFound is what is in one block.
type dtmfBlockFound struct {
	hit      bool // roughly a digit
	row, col int  // of dtmfSines; col is 4 to 7
	re, im   [2]float32
	energy   [8]float32 // of each sine, in the measure of total
	total    float32
	harmonic bool // a sine has its octave with it
}

// dtmfBin measures one frequency.
type dtmfBin struct {
	hz          float64
	c, cos, sin float32
}

// NewDTMFDetector returns a detector for samples at 8000 or 16000.
func NewDTMFDetector(r Rate) (*DTMFDetector, error) {
	if r != Rate8k && r != Rate16k {
		return nil, fmt.Errorf("DTMF at %d samples a second: want 8000 or 16000", r)
	}
	scale := int(r / Rate8k)
	d := &DTMFDetector{block: dtmfBlock * scale, hop: dtmfHop * scale}
	d.hopTime = float64(d.hop) / float64(r)
	for i, hz := range dtmfSines {
		d.sines[i], d.doubles[i] = newDTMFBin(hz, r), newDTMFBin(2*hz, r)
	}
	var sum, squares float64
	for i := range d.block {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(d.block))
		d.window[i] = float32(w)
		sum, squares = sum+w, squares+w*w
	}
	d.norm = float32(2 * squares / (sum * sum))
	ratio := func(db float64) float32 { return float32(math.Pow(10, db/10)) }
	softest := Sine{Level: dtmfLevel}.peak()
	d.limits = dtmfLimits{
		level: float32(softest * softest / 2 * squares),
		twist: ratio(dtmfTwist), reverse: ratio(dtmfReverseTwist),
		steady: ratio(dtmfSteady), swell: ratio(dtmfSwell), harmonic: ratio(-dtmfHarmonic),
	}
	return d, nil
}

func newDTMFBin(hz float64, r Rate) dtmfBin {
	sin, cos := math.Sincos(2 * math.Pi * hz / float64(r))
	return dtmfBin{hz: hz, c: float32(2 * cos), cos: float32(cos), sin: float32(sin)}
}

// measure returns what of pcm is at the frequency.
func (g *dtmfBin) measure(pcm []float32) (re, im float32) {
	var a, b float32
	c := g.c
	for _, v := range pcm {
		a, b = v+c*a-b, a
	}
	return a - b*g.cos, b * g.sin
}

// Swells says that the decoder goes by what it has decoded before, as those of G.722 and
// Opus do: after a hole a tone comes back soft, and gets louder for some 50 ms.
func (d *DTMFDetector) Swells(yes bool) { d.swells = yes }

// Reset forgets the stream, for the next one.
func (d *DTMFDetector) Reset() {
	d.filled, d.at, d.skipped, d.last, d.tone = 0, 0, 0, dtmfBlockFound{}, dtmfTone{}
}

// Now returns the digit that is on and how long it has lasted, in samples.
func (d *DTMFDetector) Now() (event uint8, length int, on bool) {
	if !d.tone.on {
		return 0, 0, false
	}
	c := d.change(false)
	return c.Event, c.Length, true
}

// Suspects says that what came last may be a digit, about 15 ms before that is
// certain. Of speech that is said now and then.
func (d *DTMFDetector) Suspects() bool {
	return d.tone.on || d.tone.possible && d.tone.missed == 0 && d.tone.proofs >= dtmfSuspicion
}

// Feed takes the next samples, at most 60 ms of them, and returns what was found
// in them. The result is good until the next call.
func (d *DTMFDetector) Feed(pcm []int16) []DTMFChange {
	found := d.changes[:0]
	for len(pcm) > 0 {
		n := min(len(pcm), d.block-d.filled)
		for i, v := range pcm[:n] {
			d.samples[d.filled+i] = float32(v)
		}
		pcm = pcm[n:]
		if d.filled += n; d.filled == d.block {
			found = d.step(found)
			d.filled = copy(d.samples[:], d.samples[d.hop:d.block])
			d.at += int64(d.hop)
		}
	}
	return found
}

// Skip passes over n samples that never came. A digit that is on is taken to have
// gone on meanwhile.
func (d *DTMFDetector) Skip(n int) {
	t := &d.tone
	if t.possible && n > 0 {
		t.hole += float32(n) / float32(d.hop)
		t.torn = true
		if t.missed == 0 { // what no block has told of, before it and after it
			t.owed += float32(d.filled) / float32(d.hop)
			t.cut += float32(n) / float32(d.hop)
		}
	}
	d.healing = dtmfHealing
	d.at += int64(d.filled + max(n, 0))
	d.filled, d.last, d.skipped = 0, dtmfBlockFound{}, d.skipped+max(n, 0)
}

// step judges a block.
func (d *DTMFDetector) step(found []DTMFChange) []DTMFChange {
	b := d.look()
	t := &d.tone
	switch {
	case t.possible && b.hit && b.row == t.row && b.col == t.col, t.on && t.part(&b) >= dtmfStays:
		d.goOn(&b)
	case t.possible:
		t.missed++
		t.covered += t.part(&b)
		t.owed += 1 - t.part(&b)
		if b.hit || t.missed >= dtmfGap {
			if t.on {
				found = append(found, d.change(true))
			}
			*t = dtmfTone{}
		}
	}
	if !t.possible && b.hit {
		*t = dtmfTone{possible: true, row: b.row, col: b.col, hits: 1, first: [3]dtmfBlockFound{d.last, b}}
		t.before = float32(d.skipped) / float32(d.hop)
		t.lead = min(t.before, dtmfLead)
		d.measureStart(&b)
	}
	d.skipped, d.healing = 0, max(0, d.healing-1)
	if !t.on && t.proven() {
		t.on = true
		found = append(found, d.change(false))
	}
	d.last = b
	return found
}

// dtmfEvents has the event codes by row and column. It never changes.
var dtmfEvents = [4][4]uint8{{1, 2, 3, 12}, {4, 5, 6, 13}, {7, 8, 9, 14}, {10, 0, 11, 15}}

// look measures the block that is there.
func (d *DTMFDetector) look() (b dtmfBlockFound) {
	pcm := d.faded[:d.block]
	for i, v := range d.samples[:d.block] {
		v *= d.window[i]
		pcm[i] = v
		b.total += v * v
	}
	if b.total < d.limits.level {
		return b
	}
	var re, im [8]float32
	for i := range d.sines {
		re[i], im[i] = d.sines[i].measure(pcm)
		b.energy[i] = (re[i]*re[i] + im[i]*im[i]) * d.norm
	}
	b.row, b.col = loudest(b.energy[:4]), 4+loudest(b.energy[4:])
	b.re, b.im = [2]float32{re[b.row], re[b.col]}, [2]float32{im[b.row], im[b.col]}
	low, high := b.energy[b.row], b.energy[b.col]
	share := float32(dtmfRough)
	if d.tone.on {
		share = dtmfOn
	}
	b.hit = low >= d.limits.level && high >= d.limits.level &&
		low <= high*d.limits.twist && high <= low*d.limits.reverse && low+high >= share*b.total
	if b.hit {
		b.harmonic = d.octave(pcm, b.row, b.col, low) || d.octave(pcm, b.col, b.row, high)
	}
	return b
}

func loudest(energy []float32) int {
	best := 0
	for i, e := range energy {
		if e > energy[best] {
			best = i
		}
	}
	return best
}

// octave says that a sine has its second harmonic with it; energy is that of the
// sine.
func (d *DTMFDetector) octave(pcm []float32, sine, other int, energy float32) bool {
	g := &d.doubles[sine]
	if math.Abs(g.hz-d.sines[other].hz) < dtmfClear {
		return false
	}
	re, im := g.measure(pcm)
	return (re*re+im*im)*d.norm > energy*d.limits.harmonic
}

// proves says that two hits in a row are of a digit: the frequencies right, the
// loudness steady, and nothing else there.
func (d *DTMFDetector) proves(a, b *dtmfBlockFound) bool {
	if a.harmonic || b.harmonic {
		return false
	}
	var first, second float32
	for i, sine := range [2]int{b.row, b.col} {
		g := &d.sines[sine]
		if a.energy[sine] > b.energy[sine]*d.limits.steady || b.energy[sine] > a.energy[sine]*d.rise() {
			return false
		}
		// The phase moves by a turn for each period, and by the offset beyond that.
		moved := math.Atan2(float64(b.im[i]), float64(b.re[i])) - math.Atan2(float64(a.im[i]), float64(a.re[i]))
		turns := moved/(2*math.Pi) - g.hz*d.hopTime
		turns -= math.Round(turns)
		if math.Abs(turns/d.hopTime) > dtmfOffset*g.hz {
			return false
		}
		// What is off is measured too low: make up for it.
		loss := hann(2 * turns)
		first += a.energy[sine] / (loss * loss)
		second += b.energy[sine] / (loss * loss)
	}
	return first >= dtmfShare*a.total && second >= dtmfShare*b.total
}

// rise is how much louder a sine may be than in the block before.
func (d *DTMFDetector) rise() float32 {
	if d.swells && d.healing > 0 {
		return d.limits.swell
	}
	return d.limits.steady
}

// hann is how loud a sine is measured whose frequency is x turns in a block off.
func hann(x float64) float32 {
	if x == 0 {
		return 1
	}
	return float32(math.Sin(math.Pi*x) / (math.Pi * x * (1 - x*x)))
}
