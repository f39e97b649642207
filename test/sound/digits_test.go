package sound

import (
	"math"
	"testing"
)

func TestDigitsAreFoundOnceEach(t *testing.T) {
	const keys = "0123456789*#ABCD00"
	for _, rate := range []int{8000, 48000} {
		var pcm []int16
		for _, k := range keys {
			for i, c := range dtmfKeys {
				if c != k {
					continue
				}
				for n := range rate / 10 {
					at := 2 * math.Pi * float64(n) / float64(rate)
					pcm = append(pcm, int16(8000*(math.Sin(at*dtmfRows[i/4])+math.Sin(at*dtmfColumns[i%4]))))
				}
			}
			pcm = append(pcm, make([]int16, rate/20)...)
		}
		if got := Digits(pcm, rate); got != keys {
			t.Errorf("at %d Hz found %q, want %q", rate, got, keys)
		}
		if got := Digits(High().PCM(rate, 10*Note), rate); got != "" {
			t.Errorf("at %d Hz found %q in a melody", rate, got)
		}
	}
}
