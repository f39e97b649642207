// Package sound lets tests listen: it makes a melody that nothing else sounds
// like, and finds it again in what arrived, in time and unbroken.
//
// The melody is a round of tones, each Note long, all within what a telephone
// carries and none a harmonic of another. A recording is cut into short windows;
// each is named by the tone that holds most of its energy, and the runs of equal
// names are held against the round.
package sound

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"time"
)

// Note is how long each tone of the melody lasts.
const Note = 100 * time.Millisecond

// Melody is a round of tones, in Hz.
type Melody []float64

// Two melodies that cannot be taken for each other: one for each direction.
func High() Melody { return Melody{1130, 1410, 1730, 2090, 2430} }
func Low() Melody  { return Melody{430, 530, 650, 790, 950} }

// PCM returns the melody for a time, 16 bit, at half of full scale.
func (m Melody) PCM(rate int, d time.Duration) []int16 {
	out := make([]int16, int(d.Seconds()*float64(rate)))
	phase, note := 0.0, int(Note.Seconds()*float64(rate))
	for i := range out {
		phase += 2 * math.Pi * m[i/note%len(m)] / float64(rate)
		out[i] = int16(16384 * math.Sin(phase))
	}
	return out
}

// Heard is what was found of a melody.
type Heard struct {
	First   time.Duration // when the first whole note began; -1: never heard
	Last    time.Duration // when the last one ended
	Notes   int           // whole notes, one after the other as the round wants
	Breaks  int           // places between First and Last where the round was broken
	Longest time.Duration // the longest stretch without a break
	Level   float64       // of the notes, dB below full scale (a sine of full scale is 0)
}

// String is for test messages.
func (h Heard) String() string {
	return fmt.Sprintf("first %v last %v notes %d breaks %d longest %v level %.1f dB", h.First, h.Last, h.Notes, h.Breaks, h.Longest, h.Level)
}

const window = 20 * time.Millisecond

// Find looks for the melody in a recording.
func (m Melody) Find(pcm []int16, rate int) Heard {
	h := Heard{First: -1}
	size, hop := int(window.Seconds()*float64(rate)), int(window.Seconds()*float64(rate)/4)
	perHop := time.Duration(float64(hop) / float64(rate) * float64(time.Second))
	type run struct{ name, from, n int }
	var runs []run
	power, powered := 0.0, 0
	for i, k := 0, 0; i+size <= len(pcm); i, k = i+hop, k+1 {
		name, p := m.name(pcm[i:i+size], rate)
		if name >= 0 {
			power, powered = power+p, powered+1
		}
		if n := len(runs); n > 0 && runs[n-1].name == name {
			runs[n-1].n++
		} else {
			runs = append(runs, run{name, k, 1})
		}
	}
	least := int(float64(Note/perHop) * 0.65) // windows across two notes have no name
	previous, since := -1, time.Duration(0)
	gap := 0
	for _, r := range runs {
		if r.name < 0 || r.n < least {
			gap += r.n
			continue
		}
		at := time.Duration(r.from) * perHop
		end := at + time.Duration(r.n)*perHop + window
		// A note follows the one before it, without a hole and not too long.
		follows := previous >= 0 && r.name == (previous+1)%len(m) && time.Duration(gap)*perHop < Note*6/10 && time.Duration(r.n)*perHop < Note*13/10
		switch {
		case h.First < 0:
			h.First, since = at, at
		case !follows:
			h.Breaks++
			since = at
		}
		h.Notes++
		h.Last = end
		h.Longest = max(h.Longest, end-since)
		previous, gap = r.name, 0
	}
	if powered > 0 {
		h.Level = 10 * math.Log10(power/float64(powered))
	}
	return h
}

// name says which tone a window holds, and its power against a sine of full
// scale; -1 for none that stands out.
func (m Melody) name(pcm []int16, rate int) (int, float64) {
	total := 0.0
	for _, v := range pcm {
		total += float64(v) * float64(v)
	}
	total /= float64(len(pcm)) * 32768 * 32768 / 2
	if total < 1e-5 { // 50 dB below full scale: silence
		return -1, 0
	}
	best, at := 0.0, -1
	for i, f := range m {
		if p := tonePower(pcm, rate, f); p > best {
			best, at = p, i
		}
	}
	if best < 0.6*total {
		return -1, 0
	}
	return at, best
}

// tonePower is the power of one frequency against a sine of full scale
// (Goertzel).
func tonePower(pcm []int16, rate int, f float64) float64 {
	w := 2 * math.Pi * f / float64(rate)
	c := 2 * math.Cos(w)
	s1, s2 := 0.0, 0.0
	for _, v := range pcm {
		s1, s2 = float64(v)/32768+c*s1-s2, s1
	}
	n := float64(len(pcm))
	return (s1*s1 + s2*s2 - c*s1*s2) / (n * n / 4)
}

// ToneLevel returns the level of a frequency in a recording, in dB below a sine
// of full scale.
func ToneLevel(pcm []int16, rate int, f float64) float64 {
	return 10 * math.Log10(tonePower(pcm, rate, f)+1e-12)
}

// WriteWAV writes a mono recording of 16 bits.
func WriteWAV(path string, pcm []int16, rate int) error {
	b := make([]byte, 44, 44+2*len(pcm))
	copy(b, "RIFF")
	binary.LittleEndian.PutUint32(b[4:], uint32(36+2*len(pcm)))
	copy(b[8:], "WAVEfmt ")
	binary.LittleEndian.PutUint32(b[16:], 16)
	binary.LittleEndian.PutUint16(b[20:], 1)
	binary.LittleEndian.PutUint16(b[22:], 1)
	binary.LittleEndian.PutUint32(b[24:], uint32(rate))
	binary.LittleEndian.PutUint32(b[28:], uint32(2*rate))
	binary.LittleEndian.PutUint16(b[32:], 2)
	binary.LittleEndian.PutUint16(b[34:], 16)
	copy(b[36:], "data")
	binary.LittleEndian.PutUint32(b[40:], uint32(2*len(pcm)))
	for _, v := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return os.WriteFile(path, b, 0o600)
}

// ReadWAV reads a recording of 16 bits that may still be growing (its header may
// be wrong about the length); of several channels the first.
func ReadWAV(path string) ([]int16, int, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	if len(b) < 44 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, 0, errors.New("not a WAV file")
	}
	rate, channels := 0, 1
	for p := 12; p+8 <= len(b); {
		id, n := string(b[p:p+4]), int(binary.LittleEndian.Uint32(b[p+4:]))
		p += 8
		switch {
		case id == "fmt " && p+16 <= len(b):
			channels, rate = int(binary.LittleEndian.Uint16(b[p+2:])), int(binary.LittleEndian.Uint32(b[p+4:]))
		case id == "data":
			var pcm []int16
			for i := p; i+2*channels <= len(b); i += 2 * channels {
				pcm = append(pcm, int16(binary.LittleEndian.Uint16(b[i:])))
			}
			return pcm, rate, nil
		}
		p += n + n&1
	}
	return nil, rate, errors.New("no sound in the WAV file")
}
