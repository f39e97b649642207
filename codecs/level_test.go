package codecs

import (
	"math"
	"testing"
)

func TestLevelOfSoundIsTheSameInEachForm(t *testing.T) {
	for _, amplitude := range []float64{32000, 8000, 1000, 100} {
		pcm := make([]int16, 800)
		for i := range pcm {
			pcm[i] = int16(amplitude * math.Sin(2*math.Pi*440*float64(i)/8000))
		}
		want := int(math.Round(20*math.Log10(amplitude/32768) - 3.01))
		if got := Decibels(Power(pcm)); got != want {
			t.Errorf("amplitude %v: PCM has %d dBFS, want %d", amplitude, got, want)
		}
		u, a := make([]byte, len(pcm)), make([]byte, len(pcm))
		EncodeULaw(u, pcm)
		EncodeALaw(a, pcm)
		for name, got := range map[string]int{"μ-law": Decibels(PowerULaw(u)), "A-law": Decibels(PowerALaw(a))} {
			if got < want-1 || got > want+1 {
				t.Errorf("amplitude %v: %s has %d dBFS, want about %d", amplitude, name, got, want)
			}
		}
	}
	if got := Decibels(Power(nil)); got != Silent {
		t.Errorf("nothing has %d dBFS", got)
	}
	if got := Decibels(1 << 30); got != 0 {
		t.Errorf("full scale has %d dBFS", got)
	}
}

func BenchmarkPowerULaw(b *testing.B) {
	p := make([]byte, 160)
	for b.Loop() {
		PowerULaw(p)
	}
}
