package media

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// dialThrough sends digits as tones of a length through the encoder of a party, of whose
// packets a share is lost.
func (l *testLeg) dialThrough(t testing.TB, p party, digits string, length time.Duration, loss float64) {
	t.Helper()
	var pcm []int16
	for i, c := range digits {
		part := make([]int16, samplesIn(length+time.Duration(80+i*7%20)*time.Millisecond, voiceRate))
		toneOf(Digit(c), length).Frame(part)
		pcm = append(pcm, part...)
	}
	rnd := rand.New(rand.NewPCG(1, 5))
	for _, b := range p.encode(t, pcm, 0) {
		span := p.format.clock() / 50
		if rnd.Float64() < loss {
			l.seq, l.ts = l.seq+1, l.ts+span
		} else {
			l.talk(p.pt, b, span, transport.Now())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// What comes after a hole is decoded by what was before it in G.722 and Opus, and the tone gets
// louder for a while: it is found all the same, as far as it is one.
func TestTonesOfWhichSomeIsLostAreFoundInEveryCodec(t *testing.T) {
	if raceEnabled {
		t.Skip("minutes of sound, on one goroutine: without the race detector, in make plain")
	}
	digits := thousand()[:200]
	for _, c := range []struct {
		from   party
		length time.Duration
		loss   float64
		least  int
	}{
		{wideParty(), 60, 0.05, 174},
		{wideParty(), 60, 0.20, 122},
		{wideParty(), 100, 0.05, 196},
		{wideParty(), 100, 0.20, 180},
		{browserParty(), 60, 0.05, 180},
		{browserParty(), 60, 0.20, 112},
		{browserParty(), 100, 0.05, 190},
		{browserParty(), 100, 0.20, 158},
	} {
		told, _ := tonesHeardFrom(t, c.from.stream(), func(a *testLeg) {
			a.dialThrough(t, c.from, digits, c.length*time.Millisecond, c.loss)
		})
		if len(told) < c.least || !isWithin(told, digits) {
			t.Errorf("%v of %d ms, %v lost: %d of %d digits were found, want %d", c.from.format, c.length, c.loss, len(told), len(digits), c.least)
		}
	}
}
