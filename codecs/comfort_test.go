package codecs

import (
	"math"
	"testing"
)

func levelDBov(pcm []int16) float64 { return -10 * math.Log10(power(pcm)/fullScale+1e-20) }

func TestComfortNoiseHasTheLevelAsked(t *testing.T) {
	shapes := map[string][]byte{
		"plain": nil, "one": {64}, "two": {200, 90}, "many": {20, 200, 90, 127, 160, 100, 120, 130, 127, 127, 5, 6, 7},
	}
	for name, shape := range shapes {
		for _, level := range []byte{30, 45, 60, 70} {
			var c ComfortNoise
			c.Set(append([]byte{level}, shape...))
			pcm := make([]int16, 16000)
			for at := 0; at < len(pcm); at += 160 {
				c.Frame(pcm[at : at+160])
			}
			if got := levelDBov(pcm[1600:]); math.Abs(got-float64(level)) > 1.5 {
				t.Errorf("%s: -%.1f dBov, want -%d", name, got, level)
			}
		}
	}
}

func TestComfortNoiseIsBoundedWhateverIsAsked(t *testing.T) {
	pcm := make([]int16, 8000)
	for _, extreme := range []byte{0, 1, 127, 253, 254, 255} {
		payload := make([]byte, 20)
		for i := range payload {
			payload[i] = extreme
		}
		payload[0] = 0 // as loud as can be
		var c ComfortNoise
		c.Set(payload)
		c.Frame(pcm)
		c.Frame(pcm)
		if got := levelDBov(pcm); got < comfortLoudest-3 {
			t.Errorf("coefficients of %d: -%.0f dBov", extreme, got)
		}
	}
	var c ComfortNoise
	c.Frame(pcm)
	if power(pcm) != 0 {
		t.Error("noise that nobody asked for")
	}
	c.Set([]byte{50})
	c.Set(nil)
	if c.Frame(pcm); power(pcm) == 0 {
		t.Error("an empty payload changed the noise")
	}
	c.Set([]byte{127})
	if c.Frame(pcm); power(pcm) != 0 {
		t.Error("127 is not silent")
	}
	c.Set([]byte{50})
	c.Reset()
	if c.Frame(pcm); power(pcm) != 0 {
		t.Error("noise after Reset")
	}
}

// TestNoiseFloorIsThatBetweenWords puts noise of a level under speech.
func TestNoiseFloorIsThatBetweenWords(t *testing.T) {
	for _, level := range []uint8{45, 55, 65} {
		var c ComfortNoise
		c.Set([]byte{level})
		var f NoiseFloor
		if f.Level() != comfortSilent {
			t.Errorf("the level of nothing is %d", f.Level())
		}
		speech, pcm := voice(Rate8k, 8000), make([]int16, 160)
		for i := range 300 {
			c.Frame(pcm)
			if i/25%2 == 0 { // half a second of words, half a second without
				for j := range pcm {
					pcm[j] += speech[i*160%8000+j]
				}
			}
			f.Note(pcm, Rate8k)
		}
		if got := f.Level(); math.Abs(float64(got)-float64(level)) > 4 {
			t.Errorf("the floor is -%d dBov, want -%d", got, level)
		}
		if b := AppendComfortNoise(nil, f.Level()); len(b) != 1 || b[0] != f.Level() {
			t.Errorf("the payload is %v", b)
		}
		f.Reset()
		if f.Level() != comfortSilent {
			t.Error("the floor is there after Reset")
		}
	}
}

// A stretch of nothing at all, in the law that is sent, does not make the pauses after the next
// words dead; while it lasts there is no noise.
func TestNothingAtAllIsNoBackground(t *testing.T) {
	for what, idle := range map[string]int16{"zero": 0, "A-law": 8} {
		var c ComfortNoise
		c.Set([]byte{50})
		var f NoiseFloor
		note := func(frames int, level float64, noise bool) {
			said, pcm := voice(Rate8k, 8000), make([]int16, 160)
			for i := range frames {
				for j := range pcm {
					pcm[j] = idle
				}
				if noise {
					c.Frame(pcm)
				}
				if i%25 < 15 {
					for j := range pcm {
						pcm[j] += int16(level * float64(said[i*160%8000+j]))
					}
				}
				f.Note(pcm, Rate8k)
			}
		}
		note(10, 0, false) // the call begins
		if got := f.Level(); got != comfortSilent {
			t.Errorf("%s: the floor of nothing is -%d dBov", what, got)
		}
		for _, silence := range []int{1, 50, 500} {
			note(50, 1, true)
			if got := f.Level(); math.Abs(float64(got)-50) > 3 {
				t.Errorf("%s: after a second of words the floor is -%d dBov, want -50", what, got)
			}
			note(silence, 0, false)
			if got := f.Level(); silence > 10 && got != comfortSilent {
				t.Errorf("%s: the floor of nothing is -%d dBov", what, got)
			}
		}
	}
}

func FuzzComfortNoise(f *testing.F) {
	f.Add([]byte{40})
	f.Add([]byte{0, 255, 255, 0, 254})
	f.Fuzz(func(t *testing.T, payload []byte) {
		var c ComfortNoise
		c.Set(payload)
		pcm := make([]int16, 4000)
		c.Frame(pcm)
		if got := levelDBov(pcm); got < comfortLoudest-6 {
			t.Errorf("%v makes -%.0f dBov", payload, got)
		}
	})
}
