package media

import (
	"math"
	"testing"
	"time"
)

// The values are those of ITU-T G.107's default case, of G.113's examples, and of
// the usual reading of the curve over delay.
func TestRatingFollowsTheEModel(t *testing.T) {
	g711, g722 := codingOf(formatPCMU, true), coding{wide: true, impairment: 13, robustness: 10}
	tests := map[string]struct {
		c            coding
		k            conditions
		r, mos, most float64
	}{
		"nothing wrong":       {g711, conditions{burst: 1}, 93.2, 4.41, 0.3},
		"100 ms":              {g711, conditions{delay: 100 * time.Millisecond, burst: 1}, 90.5, 4.34, 1.5},
		"400 ms":              {g711, conditions{delay: 400 * time.Millisecond, burst: 1}, 62.5, 3.22, 1},
		"2 % lost":            {g711, conditions{loss: 0.02, burst: 1}, 86.2, 4.23, 0.3},
		"5 % lost":            {g711, conditions{loss: 0.05, burst: 1}, 77.4, 3.93, 0.3},
		"5 % lost in bursts":  {g711, conditions{loss: 0.05, burst: 2}, 76, 3.88, 0.6},
		"all lost":            {g711, conditions{loss: 1, burst: 1}, 17.3, 1.2, 0.5},
		"wideband":            {g722, conditions{burst: 1}, 116, 4.35, 0.3},
		"wideband and losses": {g722, conditions{loss: 0.05, burst: 1}, 88.7, 3.5, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := rating(tt.c, tt.k)
			if math.Abs(r-tt.r) > tt.most {
				t.Errorf("R = %.1f, want %.1f", r, tt.r)
			}
			if mos := opinion(r, tt.c.wide); math.Abs(mos-tt.mos) > 0.1 {
				t.Errorf("MOS = %.2f, want %.2f", mos, tt.mos)
			}
		})
	}
}

func TestRatingNeverRisesWithDelayOrLoss(t *testing.T) {
	for _, c := range []coding{codingOf(formatPCMA, true), codingOf(formatOpus, false), codingOf(formatOpus, true)} {
		before := math.Inf(1)
		for d := time.Duration(0); d < 2*time.Second; d += 5 * time.Millisecond {
			r := rating(c, conditions{delay: d, burst: 1})
			if r > before+1e-9 {
				t.Fatalf("%v: R rises to %v at %v", c, r, d)
			}
			before = r
		}
		before = math.Inf(1)
		for loss := 0.0; loss <= 1; loss += 0.01 {
			r := rating(c, conditions{loss: loss, burst: 1})
			if r > before+1e-9 || r < 0 {
				t.Fatalf("%v: R = %v at a loss of %v", c, r, loss)
			}
			before = r
		}
	}
}
