package peers

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/sound"
)

// Ear is a peer that records what it hears. Recorded counts samples; Heard
// returns them, and their rate in Hz, from one of them on.
type Ear interface {
	Recorded() int
	Heard(from int) ([]int16, int)
}

// listenFor is how long the sound that is waited for may take to be whole: much
// longer than it needs, since a busy machine makes browsers stutter.
const listenFor = 40 * time.Second

// Listen waits until a melody has been heard, from a sample of the recording on,
// without a break for a time, and fails the test when it is not.
func Listen(t testing.TB, who string, e Ear, m sound.Melody, since int, unbroken time.Duration) sound.Heard {
	t.Helper()
	deadline := time.Now().Add(listenFor)
	for {
		pcm, rate := e.Heard(since)
		h := m.Find(pcm, rate)
		switch {
		case h.Longest >= unbroken && h.Level > -20:
			t.Logf("%s heard %v", who, h)
			return h
		case time.Now().After(deadline):
			t.Fatalf("%s did not hear the melody unbroken for %v: %v of %v recorded", who, unbroken, h, length(pcm, rate))
		}
		Pause(100 * time.Millisecond)
	}
}

// Conversation listens to a call of two, of whom the second plays the high melody: each
// must hear the other from now on, without a break for a time.
func Conversation(t testing.TB, low, high Ear, unbroken time.Duration) {
	t.Helper()
	Listen(t, "one", low, sound.High(), low.Recorded(), unbroken)
	Listen(t, "the other", high, sound.Low(), high.Recorded(), unbroken)
}

// Expected is a melody that somebody might hear.
type Expected struct {
	Who    string
	Ear    Ear
	Melody sound.Melody
}

// Silence asserts that melodies are not heard for a time that begins now.
func Silence(t testing.TB, quiet time.Duration, of ...Expected) {
	t.Helper()
	since := make([]int, len(of))
	for i, x := range of {
		since[i] = x.Ear.Recorded()
	}
	Pause(quiet)
	for i, x := range of {
		pcm, rate := x.Ear.Heard(since[i])
		// One note or two are found in music on hold; the melody is a round of them.
		if h := x.Melody.Find(pcm, rate); h.Notes-h.Breaks > 2 {
			t.Errorf("%s hears what it should not: %v of %v recorded", x.Who, h, length(pcm, rate))
		}
	}
}

func length(pcm []int16, rate int) time.Duration {
	return time.Duration(len(pcm)) * time.Second / time.Duration(rate)
}
