package sound

import (
	"path/filepath"
	"testing"
	"time"
)

func TestMelodyIsFoundInTimeAndUnbroken(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		pcm := append(make([]int16, rate/2), High().PCM(rate, 3*time.Second)...)
		h := High().Find(pcm, rate)
		if h.Breaks != 0 || h.Notes < 29 || h.First < 470*time.Millisecond || h.First > 530*time.Millisecond || h.Level < -7 || h.Level > -5 {
			t.Errorf("at %d Hz heard %v", rate, h)
		}
		if o := Low().Find(pcm, rate); o.Notes != 0 {
			t.Errorf("at %d Hz the other melody was heard: %v", rate, o)
		}
	}
}

func TestFaultsAreHeard(t *testing.T) {
	const rate = 8000
	whole := Low().PCM(rate, 3*time.Second)
	cut := func(from, to time.Duration) []int16 {
		a, b := int(from.Seconds()*rate), int(to.Seconds()*rate)
		return append(append([]int16(nil), whole[:a]...), whole[b:]...)
	}
	hole := append([]int16(nil), whole...)
	clear(hole[rate : rate+rate/8])
	for name, pcm := range map[string][]int16{
		"a note is missing":    cut(1000*time.Millisecond, 1100*time.Millisecond),
		"half a second is cut": cut(1000*time.Millisecond, 1530*time.Millisecond),
		"silence in between":   hole,
	} {
		if h := Low().Find(pcm, rate); h.Breaks == 0 {
			t.Errorf("%s: not noticed, %v", name, h)
		}
	}
	if h := Low().Find(make([]int16, rate), rate); h.First != -1 {
		t.Errorf("silence was heard as %v", h)
	}
}

func TestWAVComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	want := High().PCM(8000, time.Second)
	if err := WriteWAV(path, want, 8000); err != nil {
		t.Fatal(err)
	}
	got, rate, err := ReadWAV(path)
	if err != nil || rate != 8000 || len(got) != len(want) || got[4321] != want[4321] {
		t.Errorf("ReadWAV gave %d samples at %d Hz, %v", len(got), rate, err)
	}
}
