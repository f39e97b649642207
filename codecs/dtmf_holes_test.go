package codecs

import (
	"math/rand/v2"
	"testing"
	"time"
)

// A short tone of which the middle never came has two pieces of 20 ms, each too short to
// be one: that they are the same, on both sides of what is unknown, makes it a digit,
// wherever the blocks lie. One piece alone is none.
func TestDTMFOfTwoPieces(t *testing.T) {
	for key := range 16 {
		for phase := range dtmfHop {
			spec, err := DTMF(uint8(key), 60*time.Millisecond, DTMFLevels{})
			if err != nil {
				t.Fatal(err)
			}
			tone, _ := NewTone(Rate8k, spec)
			pcm := make([]int16, 480)
			tone.Frame(pcm)
			for _, pieces := range []int{2, 1} {
				d, _ := NewDTMFDetector(Rate8k)
				d.Feed(make([]int16, 300+phase))
				found := append([]DTMFChange(nil), d.Feed(pcm[:160])...)
				if d.Skip(160); pieces == 2 {
					found = append(found, d.Feed(pcm[320:])...)
				} else {
					d.Skip(160)
				}
				for range 5 {
					found = append(found, d.Feed(make([]int16, 160))...)
				}
				switch {
				case pieces == 1 && len(found) != 0:
					t.Errorf("key %d, %d samples on: 20 ms are %+v", key, phase, found)
				case pieces == 2 && (len(found) != 2 || found[0].Event != uint8(key)):
					t.Errorf("key %d, %d samples on: %+v", key, phase, found)
				case pieces == 2:
					if l := Rate8k.Duration(found[1].Length); (l - 60*time.Millisecond).Abs() > 20*time.Millisecond {
						t.Errorf("key %d, %d samples on: %v", key, phase, l)
					}
				}
			}
		}
	}
}

// What is like speech is no digit where much of it never came, either.
func TestDTMFIsNotTalkedOffWithHoles(t *testing.T) {
	if raceEnabled {
		t.Skip("minutes of sound, on one goroutine: without the race detector, in make plain")
	}
	rnd := rand.New(rand.NewPCG(20, 30))
	for i := range 4 {
		pcm := speechLike(Rate8k, time.Minute, uint64(100+i))
		for k, loss := range []float64{0.1, 0.2, 0.3, 0.5, 0.1, 0.2, 0.3, 0.5} {
			d, _ := NewDTMFDetector(Rate8k)
			d.Swells(k > 3)
			for at := 0; at+160 <= len(pcm); at += 160 {
				if rnd.Float64() < loss {
					d.Skip(160)
					continue
				}
				for _, c := range d.Feed(pcm[at : at+160]) {
					t.Errorf("sound %d with %v lost, after %v: %+v", i, loss, Rate8k.Duration(at), c)
				}
			}
		}
	}
}
