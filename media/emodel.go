package media

import (
	"math"
	"time"
)

// coding is what the E-model needs to know of a codec.
type coding struct {
	wide       bool    // the model for 50 to 7000 Hz (G.107.1)
	impairment float64 // Ie: of the codec itself
	robustness float64 // Bpl: what it bears of losses, with concealment
	frame      time.Duration
}

// codingOf returns the coding of a format; narrow says that the sound in it is of
// a telephone's bandwidth. G.711's values, with concealment, and G.722's impairment
// are those of ITU-T G.113 (appendices I and IV). For Opus, and for what losses
// G.722 bears, there are none: ours stand between those of codecs of their kind,
// and in-band FEC makes Opus bear more.
func codingOf(f format, narrow bool) coding {
	switch {
	case f.g711():
		return coding{impairment: 0, robustness: 25.1}
	case f == formatOpus && narrow:
		return coding{impairment: 3, robustness: 20, frame: 5 * time.Millisecond}
	case f == formatOpus:
		return coding{wide: true, impairment: 5, robustness: 20, frame: 5 * time.Millisecond}
	case f == formatG722 && narrow:
		return coding{impairment: 7, robustness: 20}
	case f == formatG722:
		return coding{wide: true, impairment: 13, robustness: 10}
	default: // linear
		return coding{wide: !narrow, robustness: 25.1}
	}
}

// conditions are those of one direction of a leg.
type conditions struct {
	delay time.Duration // one way, with buffers
	loss  float64       // share of packets that were not there in time, 0 to 1
	burst float64       // BurstR: 1 when losses are random
}

// Defaults of ITU-T G.107 (table 2): Ro, what all but delay and codec takes from
// it, and the wideband maximum of G.107.1.
const (
	basicRatio = 94.77
	basicR     = 93.2
	wideR      = 129
	listenerLR = 65  // TELR in dB
	weightedEP = 110 // WEPL in dB
)

// rating is the transmission rating factor R of ITU-T G.107: 0 to 93.2, or to 129
// on the scale of G.107.1 where c is wide.
func rating(c coding, k conditions) float64 {
	ms := float64(k.delay+c.frame) / float64(time.Millisecond)
	r := basicR
	if c.wide {
		r = wideR
	} else {
		r -= echoImpairment(ms)
	}
	r -= delayImpairment(ms) + lossImpairment(c, k)
	return max(r, 0)
}

// lossImpairment is Ie-eff (G.107 equation 7-29).
func lossImpairment(c coding, k conditions) float64 {
	percent := 100 * min(max(k.loss, 0), 1)
	if percent == 0 {
		return c.impairment
	}
	return c.impairment + (95-c.impairment)*percent/(percent/max(k.burst, 1)+c.robustness)
}

// delayImpairment is Idd (equation 7-27): nothing up to 100 ms.
func delayImpairment(ms float64) float64 {
	if ms <= 100 {
		return 0
	}
	x := math.Log2(ms / 100)
	return 25 * (math.Pow(1+math.Pow(x, 6), 1.0/6) - 3*math.Pow(1+math.Pow(x/3, 6), 1.0/6) + 2)
}

// echoImpairment is Idte + Idle (equations 7-20 to 7-26) for terminals with the
// default echo losses, less what basicR has of them already.
func echoImpairment(ms float64) float64 {
	terv := listenerLR - 40*math.Log10((1+ms/10)/(1+ms/150)) + 6*math.Exp(-0.3*ms*ms)
	re := 80 + 2.5*(terv-14)
	talker := ((basicRatio-re)/2 + math.Sqrt((basicRatio-re)*(basicRatio-re)/4+100) - 1) * (1 - math.Exp(-ms))
	listener := func(trip float64) float64 {
		rle := 10.5 * (weightedEP + 7) * math.Pow(trip+1, -0.25)
		return (basicRatio-rle)/2 + math.Sqrt((basicRatio-rle)*(basicRatio-rle)/4+169)
	}
	return talker + listener(2*ms) - listener(0)
}

// opinion turns a rating into a mean opinion score, 1 to 4.5 (G.107 annex B,
// G.107.1 annex A).
func opinion(r float64, wide bool) float64 {
	if wide {
		r /= 1.29
	}
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}
