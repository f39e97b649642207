package sound

import (
	"math"
	"testing"
	"time"
)

// listen returns what a source plays in d.
func listen(s Source, rate int, d time.Duration) []int16 {
	all := make([]int16, 0, samplesIn(d, rate))
	for len(all) < cap(all) {
		pcm := make([]int16, rate/50)
		n := s.Frame(pcm, rate)
		all = append(all, pcm[:n]...)
		if n < len(pcm) {
			break
		}
	}
	return all
}

// steepest is the greatest step from one sample to the next.
func steepest(pcm []int16) (step int) {
	for i := 1; i < len(pcm); i++ {
		step = max(step, int(math.Abs(float64(pcm[i])-float64(pcm[i-1]))))
	}
	return step
}

func TestALoopHasNoEndAndNoClick(t *testing.T) {
	// 440.3 Hz does not end where it began: cut hard, it would click.
	narrow, wide := make([]int16, 12345), make([]int16, 2*12345)
	for i := range wide {
		wide[i] = int16(10000 * math.Sin(2*math.Pi*440.3*float64(i)/wideRate))
		narrow[i/2] = wide[i&^1]
	}
	for _, c := range []struct {
		name string
		clip *Clip
		rate int
	}{
		{"narrow", &Clip{narrow: narrow}, voiceRate},
		{"narrow at 16000", &Clip{narrow: narrow}, wideRate},
		{"wide", &Clip{narrow: narrow, wide: wide}, wideRate},
		{"wide at 8000", &Clip{narrow: narrow, wide: wide}, voiceRate},
		{"music on hold", HoldMusic(), voiceRate},
	} {
		t.Run(c.name, func(t *testing.T) {
			heard := listen(c.clip.Loop(), c.rate, 45*time.Second)
			if len(heard) != 45*c.rate {
				t.Fatalf("ended after %d samples", len(heard))
			}
			once := steepest(listen(c.clip.Source(), c.rate, c.clip.Length()-50*time.Millisecond))
			if got := steepest(heard); got > once+once/4 {
				t.Errorf("a step of %d in the loop, the clip itself has at most %d", got, once)
			}
		})
	}
}

func TestAShortClipIsNotLooped(t *testing.T) {
	if n := len(listen((&Clip{narrow: make([]int16, 4000)}).Loop(), voiceRate, 5*time.Second)); n != 4000 {
		t.Errorf("played %d samples, want the clip once", n)
	}
}

func TestHoldMusicIsQuietMusic(t *testing.T) {
	pcm := listen(HoldMusic().Loop(), voiceRate, HoldMusic().Length())
	loudest, energy, quiet := 0.0, 0.0, 0
	for i, v := range pcm {
		loudest = max(loudest, math.Abs(float64(v)))
		energy += float64(v) * float64(v)
		if (i+1)%(voiceRate/5) == 0 { // a fifth of a second
			if energy/(voiceRate/5) < 100*100 {
				quiet++
			}
			energy = 0
		}
	}
	if loudest < 1000 || loudest > 12000 {
		t.Errorf("peak %v: want soft and yet to be heard", loudest)
	}
	if quiet > 0 {
		t.Errorf("%d fifths of a second are silent: a caller would think that the line is dead", quiet)
	}
	if first, again := HoldMusic(), HoldMusic(); first != again {
		t.Error("the music is made more than once")
	}
}
