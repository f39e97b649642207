package peers

import (
	"fmt"
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
const listenFor = 15 * time.Second

// Listen waits until a melody has been heard, from a sample of the recording on,
// without a break for a time, and fails the test when it is not.
func Listen(t testing.TB, who string, e Ear, m sound.Melody, since int, unbroken time.Duration) sound.Heard {
	t.Helper()
	Pause(unbroken)
	var h sound.Heard
	deadline := time.Now().Add(listenFor)
	for {
		pcm, rate := e.Heard(since)
		h = m.Find(pcm, rate)
		if h.Longest >= unbroken {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s did not hear the melody unbroken for %v: %v of %v recorded", who, unbroken, h, length(pcm, rate))
		}
		Pause(200 * time.Millisecond)
	}
	if h.Level < -20 {
		t.Errorf("%s hears the melody too faint: %v", who, h)
	}
	t.Logf("%s heard %v", who, h)
	return h
}

// HearsNot asserts that a melody is not heard for a time that begins now.
func HearsNot(t testing.TB, who string, e Ear, m sound.Melody, quiet time.Duration) {
	t.Helper()
	since := e.Recorded()
	Pause(quiet)
	pcm, rate := e.Heard(since)
	if h := m.Find(pcm, rate); h.Notes > 0 {
		t.Errorf("%s hears what it should not: %v of %v recorded", who, h, length(pcm, rate))
	}
}

func length(pcm []int16, rate int) string {
	return fmt.Sprint(time.Duration(len(pcm)) * time.Second / time.Duration(rate))
}
