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
	// What is long past is not asked for and searched again and again: that would cost the
	// machine, and with it the browser, more and more while it stutters.
	var recent []int16
	from, first := since, time.Duration(-1)
	for {
		next, rate := e.Heard(from + len(recent))
		recent = append(recent, next...)
		h := m.Find(recent, rate)
		past := length(from-since, rate)
		if h.First >= 0 && first < 0 {
			first = past + h.First
		}
		switch {
		case h.Longest >= unbroken && h.Level > -20:
			h.First, h.Last = first, past+h.Last
			t.Logf("%s heard %v", who, h)
			return h
		case time.Now().After(deadline):
			pcm, rate := e.Heard(since)
			t.Fatalf("%s did not hear the melody unbroken for %v: %v of %v recorded", who, unbroken, m.Find(pcm, rate), length(len(pcm), rate))
		}
		if old := len(recent) - int((2*unbroken+2*time.Second).Seconds()*float64(rate)); old > 0 {
			recent, from = recent[old:], from+old
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
			t.Errorf("%s hears what it should not: %v of %v recorded", x.Who, h, length(len(pcm), rate))
		}
	}
}

func length(samples, rate int) time.Duration {
	return time.Duration(samples) * time.Second / time.Duration(rate)
}
