package media

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// What a caller may say, sing, whistle or have played is no digit, in no codec, and not
// where packets of it are lost either.
func TestNoVoiceWhistleOrMusicIsADigitInAnyCodec(t *testing.T) {
	if raceEnabled {
		t.Skip("minutes of sound, on one goroutine: without the race detector, in make plain")
	}
	sounds := map[string][]int16{"chords": chords(20), "whistles": whistles(20)}
	said := welcome(t)
	for name, speed := range map[string]float64{"a low voice": 0.7, "a voice": 1, "a high voice": 1.3, "a child": 1.7} {
		sounds[name] = atSpeed(said, speed)
	}
	sounds["two voices"] = mixed(sounds["a low voice"], sounds["a high voice"])
	sounds["a voice and music"] = mixed(said, sounds["chords"])
	for name, pcm := range sounds {
		for _, from := range []party{phoneParty(), otherParty(), wideParty(), browserParty()} {
			packets := from.encode(t, pcm, 0)
			for i, loss := range []float64{0, 0.05, 0.2, 0.5} {
				told, _ := tonesHeardFrom(t, from.stream(), func(a *testLeg) {
					rnd := rand.New(rand.NewPCG(uint64(i), 31))
					for _, b := range packets {
						if span := from.format.clock() / 50; rnd.Float64() < loss {
							a.seq, a.ts = a.seq+1, a.ts+span
						} else {
							a.talk(from.pt, b, span, transport.Now())
						}
						time.Sleep(20 * time.Millisecond)
					}
				})
				if told != "" {
					t.Errorf("%s in %v, %v lost: taken for %q", name, from.format, loss, told)
				}
			}
		}
	}
}

// atSpeed returns pcm as a tape that runs at another speed plays it: pitch and all.
func atSpeed(pcm []int16, speed float64) []int16 {
	out := make([]int16, int(float64(len(pcm)-1)/speed))
	for i := range out {
		at := float64(i) * speed
		k, part := int(at), at-math.Floor(at)
		out[i] = int16((1-part)*float64(pcm[k]) + part*float64(pcm[k+1]))
	}
	return out
}

// mixed adds two sounds, as long as the shorter.
func mixed(a, b []int16) []int16 {
	out := make([]int16, min(len(a), len(b)))
	for i := range out {
		out[i] = int16((int(a[i]) + int(b[i])) / 2)
	}
	return out
}

// chords are some seconds of three notes at a time out of four octaves from 110 Hz, equally
// tempered, each with three overtones that die away.
func chords(seconds int) []int16 {
	rnd := rand.New(rand.NewPCG(3, 5))
	out := make([]int16, seconds*voiceRate)
	const beat = voiceRate / 3
	var notes [3]float64
	for i := range out {
		if i%beat == 0 {
			for k := range notes {
				notes[k] = 110 * math.Pow(2, float64(rnd.IntN(48))/12)
			}
		}
		at, v := float64(i%beat)/voiceRate, 0.0
		for _, hz := range notes {
			for over := 1.0; over <= 4; over++ {
				v += math.Exp(-3*over*at) / over / over * math.Sin(2*math.Pi*hz*over*at)
			}
		}
		out[i] = int16(5000 * v)
	}
	return out
}

// whistles are some seconds of notes of 500 to 1700 Hz, a quarter of a second each, which glide.
func whistles(seconds int) []int16 {
	rnd := rand.New(rand.NewPCG(7, 9))
	out := make([]int16, seconds*voiceRate)
	var hz, phase, glide float64
	for i := range out {
		if i%(voiceRate/4) == 0 {
			hz, glide = 500+1200*rnd.Float64(), 400*rnd.NormFloat64()
		}
		hz += glide / voiceRate
		phase += 2 * math.Pi * hz / voiceRate
		out[i] = int16(14000 * math.Sin(phase))
	}
	return out
}
