package codecs

import (
	"fmt"
	"math"
)

// DefaultCountry is the country whose tones are heard where none is named.
const DefaultCountry = "gb"

// rampMs is how long a burst takes to begin and to end: enough not to click.
const rampMs = 4

// Tone makes the samples of a telephone network's tone. It belongs to one
// goroutine and allocates nothing after its constructor.
type Tone struct {
	rate    Rate
	cadence []burst // immutable; played round and round
	at      int     // the burst that sounds
	done    int     // samples of it that were given
	length  int     // samples of it in all; 0 never ends
	ramp    int     // samples

	phase, step [2]uint32 // 1<<32 is a full turn, so that it wraps by itself
}

// ToneNames returns the names that NewTone takes.
func ToneNames() []string {
	return []string{"ringback", "busy", "congestion", "dial", "info", "test"}
}

// NewTone returns a tone from its beginning: one of ToneNames, as it sounds in a
// country (gb, us, de or fr; "" is DefaultCountry), at 8000, 16000 or 48000
// samples a second. The error names what is unknown, or is ErrRate. The tone
// "test" is a steady sine of 1 kHz at -10 dBm0.
func NewTone(name, country string, r Rate) (*Tone, error) {
	if country == "" {
		country = DefaultCountry
	}
	national, ok := cadencesOf(country)
	if !ok {
		return nil, fmt.Errorf("codecs: no tones of country %q, there are gb, us, de and fr", country)
	}
	var cadence []burst
	switch name {
	case "ringback":
		cadence = national.ringback
	case "busy":
		cadence = national.busy
	case "congestion":
		cadence = national.congestion
	case "dial":
		cadence = national.dial
	case "info":
		cadence = infoTone()
	case "test":
		cadence = testTone()
	default:
		return nil, fmt.Errorf("codecs: no tone %q", name)
	}
	return newTone(cadence, r)
}

// NewDTMF returns the steady pair of a digit by its event code of RFC 4733 §3.2,
// 0 to 15; of what is above, the error tells the code.
func NewDTMF(event uint8, r Rate) (*Tone, error) {
	cadence, ok := dtmfTone(event)
	if !ok {
		return nil, fmt.Errorf("codecs: no tone for event %d", event)
	}
	return newTone(cadence, r)
}

func newTone(cadence []burst, r Rate) (*Tone, error) {
	if !r.valid() {
		return nil, ErrRate
	}
	t := &Tone{rate: r, cadence: cadence, ramp: rampMs * int(r) / 1000}
	t.begin(0)
	return t, nil
}

// Rate returns the samples a second.
func (t *Tone) Rate() Rate { return t.rate }

// Frame fills pcm with what comes next: frames join without a seam, whatever
// their lengths.
func (t *Tone) Frame(pcm []int16) {
	for len(pcm) > 0 {
		n := len(pcm)
		if t.length > 0 {
			n = min(n, t.length-t.done)
		}
		t.play(pcm[:n])
		if t.done == t.length {
			t.begin((t.at + 1) % len(t.cadence))
		}
		pcm = pcm[n:]
	}
}

// begin turns to a burst; the phase goes on, so that notes without a pause
// between them join.
func (t *Tone) begin(at int) {
	b := &t.cadence[at]
	t.at, t.done, t.length = at, 0, b.ms*int(t.rate)/1000
	for i, p := range b.partials {
		t.step[i] = uint32(p.hz / float64(t.rate) * (1 << 32))
	}
}

// play gives samples of the burst that sounds.
func (t *Tone) play(pcm []int16) {
	b := &t.cadence[t.at]
	for i := range pcm {
		v := b.partials[0].peak * sineAt(t.phase[0])
		if b.partials[1].peak != 0 {
			v += b.partials[1].peak * sineAt(t.phase[1])
		}
		pcm[i] = int16(math.Round(v * t.envelope()))
		t.phase[0] += t.step[0]
		t.phase[1] += t.step[1]
		if t.length > 0 || t.done < t.ramp { // a steady tone need not count on
			t.done++
		}
	}
}

// envelope is the loudness at this place of the burst.
func (t *Tone) envelope() float64 {
	in := t.done
	if t.length > 0 {
		in = min(in, t.length-1-t.done)
	}
	if in >= t.ramp {
		return 1
	}
	return float64(in) / float64(t.ramp)
}

// sine is one turn, and its first value again for interpolation. It is immutable
// after the program's start.
var sine = func() (s [1<<sineBits + 1]float64) {
	for i := range s {
		s[i] = math.Sin(2 * math.Pi * float64(i) / (1 << sineBits))
	}
	return s
}()

const sineBits = 10

// sineAt returns the sine of a phase, off by less than 1e-5.
func sineAt(phase uint32) float64 {
	const below = 32 - sineBits
	i := phase >> below
	part := float64(phase&(1<<below-1)) / (1 << below)
	return sine[i] + (sine[i+1]-sine[i])*part
}
