package codecs

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// dualTone is a digit as a test wants it.
type dualTone struct {
	key       int // place on the keypad
	on        time.Duration
	low, high float64 // dBm0
	off       float64 // of both frequencies, as a share
	offLow    float64 // of the low one alone, on top
	offHigh   float64
	noise     float64 // dB below the sum of both; 0 is none
	lead      int     // samples of silence before
	gap       time.Duration
	gapAt     time.Duration // in the tone
}

// write makes the samples, with 100 ms of silence (or noise) behind.
func (t dualTone) write(rate Rate, rnd *rand.Rand) []int16 {
	n := rate.Samples(t.on)
	pcm := make([]int16, t.lead+n+rate.Samples(100*time.Millisecond))
	f1 := dtmfSines[t.key/4] * (1 + t.off + t.offLow)
	f2 := dtmfSines[4+t.key%4] * (1 + t.off + t.offHigh)
	a1, a2 := Sine{Level: t.low}.peak(), Sine{Level: t.high}.peak()
	p1, p2 := rnd.Float64()*6, rnd.Float64()*6
	loud := 0.0
	if t.noise > 0 {
		loud = math.Sqrt((a1*a1+a2*a2)/2) * math.Pow(10, -t.noise/20)
	}
	for i := range pcm {
		v := rnd.NormFloat64() * loud
		at := time.Duration(i-t.lead) * time.Second / time.Duration(rate)
		if i >= t.lead && i < t.lead+n && (at < t.gapAt || at >= t.gapAt+t.gap) {
			s := float64(i) / float64(rate) * 2 * math.Pi
			v += a1*math.Sin(f1*s+p1) + a2*math.Sin(f2*s+p2)
		}
		pcm[i] = int16(max(-32768, min(32767, math.Round(v))))
	}
	return pcm
}

// hear gives samples in packets of 20 ms and returns what was found, ends only
// where both is false.
func hear(d *DTMFDetector, pcm []int16) (found []DTMFChange) {
	for size := int(d.block) * 160 / dtmfBlock; len(pcm) > 0; {
		n := min(size, len(pcm))
		found = append(found, d.Feed(pcm[:n])...)
		pcm = pcm[n:]
	}
	return found
}

func TestDTMFLimits(t *testing.T) {
	if raceEnabled {
		t.Skip("minutes of sound, on one goroutine: without the race detector, in make plain")
	}
	base := dualTone{on: 40 * time.Millisecond, low: -8, high: -6}
	with := func(f func(*dualTone)) dualTone { d := base; f(&d); return d }
	for name, c := range map[string]struct {
		tone dualTone
		want bool
	}{
		"40 ms":                        {base, true},
		"23 ms":                        {with(func(d *dualTone) { d.on = 23 * time.Millisecond }), false},
		"1.5 % up":                     {with(func(d *dualTone) { d.off = .015 }), true},
		"1.5 % down":                   {with(func(d *dualTone) { d.off = -.015 }), true},
		"low 1.5 % up, high down":      {with(func(d *dualTone) { d.offLow, d.offHigh = .015, -.015 }), true},
		"3.5 % up":                     {with(func(d *dualTone) { d.off, d.on = .035, time.Second }), false},
		"3.5 % down":                   {with(func(d *dualTone) { d.off, d.on = -.035, time.Second }), false},
		"low 3.5 % up":                 {with(func(d *dualTone) { d.offLow, d.on = .035, time.Second }), false},
		"low 3.5 % down":               {with(func(d *dualTone) { d.offLow, d.on = -.035, time.Second }), false},
		"high 3.5 % up":                {with(func(d *dualTone) { d.offHigh, d.on = .035, time.Second }), false},
		"high 3.5 % down":              {with(func(d *dualTone) { d.offHigh, d.on = -.035, time.Second }), false},
		"twist 8 dB":                   {with(func(d *dualTone) { d.low, d.high = -6, -14 }), true},
		"twist 11 dB":                  {with(func(d *dualTone) { d.low, d.high = -6, -17 }), false},
		"reverse twist 4 dB":           {with(func(d *dualTone) { d.low, d.high = -10, -6 }), true},
		"reverse twist 7 dB":           {with(func(d *dualTone) { d.low, d.high = -13, -6 }), false},
		"soft, -30 dBm0":               {with(func(d *dualTone) { d.low, d.high = -30, -30 }), true},
		"too soft, -45 dBm0":           {with(func(d *dualTone) { d.low, d.high = -45, -45 }), false},
		"loud, 0 dBm0":                 {with(func(d *dualTone) { d.low, d.high = -2.9, -2.9 }), true},
		"noise 15 dB below":            {with(func(d *dualTone) { d.noise = 15 }), true},
		"noise 15 dB below, twist 6":   {with(func(d *dualTone) { d.noise, d.low, d.high = 15, -6, -12 }), true},
		"noise 20 dB below, off 1.5 %": {with(func(d *dualTone) { d.noise, d.off = 20, .015 }), true},
	} {
		t.Run(name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 2))
			for _, rate := range []Rate{Rate8k, Rate16k} {
				d, err := NewDTMFDetector(rate)
				if err != nil {
					t.Fatal(err)
				}
				wrong, tries := 0, 0
				for key := range 16 {
					for lead := 0; lead < 204; lead += 34 {
						tone := c.tone
						tone.key, tone.lead = key, lead
						d.Reset()
						found := hear(d, tone.write(rate, rnd))
						tries++
						ok := len(found) == 2 && !found[0].End && found[1].End && found[0].Event == dtmfEvents[key/4][key%4] && found[1].Event == found[0].Event
						if c.want && !ok || !c.want && len(found) != 0 {
							wrong++
						}
						if ok && c.want {
							got, want := rate.Duration(found[1].Length), tone.on
							from, began := rate.Duration(int(found[1].From)), rate.Duration(lead)
							if (got-want).Abs() > 12*time.Millisecond || (from-began).Abs() > 8*time.Millisecond {
								t.Errorf("at %d: lasted %v from %v, want %v from %v", rate, got, from, want, began)
							}
						}
					}
				}
				// A hundredth may go wrong where there is noise.
				if allowed := tries / 100; wrong > 0 && (c.tone.noise == 0 || wrong > allowed) {
					t.Errorf("at %d: %d of %d wrong, want found: %v", rate, wrong, tries, c.want)
				}
			}
		})
	}
}

func TestDTMFPausesAndLengths(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	d, _ := NewDTMFDetector(Rate8k)
	for key := range 16 {
		var pcm []int16
		pause := make([]int16, Rate8k.Samples(40*time.Millisecond))
		lengths := []time.Duration{40, 50, 70, 100, 160, 500}
		for _, ms := range lengths { // the same digit, again and again
			tone := dualTone{key: key, on: ms * time.Millisecond, low: -8, high: -6}.write(Rate8k, rnd)
			pcm = append(append(pcm, tone[:len(tone)-800]...), pause...)
		}
		pcm = append(pcm, make([]int16, 800)...)
		d.Reset()
		found := hear(d, pcm)
		if len(found) != 2*len(lengths) {
			t.Fatalf("key %d: %d changes, want %d", key, len(found), 2*len(lengths))
		}
		for i, ms := range lengths {
			if got := Rate8k.Duration(found[2*i+1].Length); (got - ms*time.Millisecond).Abs() > 12*time.Millisecond {
				t.Errorf("key %d: %v, want %v", key, got, ms*time.Millisecond)
			}
		}
		// A moment without sound does not make two of one digit.
		d.Reset()
		broken := dualTone{key: key, on: 200 * time.Millisecond, low: -8, high: -6, gapAt: 90 * time.Millisecond, gap: 10 * time.Millisecond}
		if found := hear(d, broken.write(Rate8k, rnd)); len(found) != 2 || (Rate8k.Duration(found[1].Length)-200*time.Millisecond).Abs() > 15*time.Millisecond {
			t.Errorf("key %d, interrupted: %+v", key, found)
		}
	}
}

func TestDTMFThroughG711(t *testing.T) {
	spec, _ := DTMF(5, 70*time.Millisecond, DTMFLevels{})
	tone, _ := NewTone(Rate8k, spec)
	pcm := make([]int16, 1600)
	tone.Frame(pcm)
	for name, codec := range map[string]struct {
		e Encoder
		d Decoder
	}{"PCMU": {NewULawEncoder(), NewULawDecoder()}, "PCMA": {NewALawEncoder(), NewALawDecoder()}} {
		b, out := make([]byte, 160), make([]int16, 960)
		d, _ := NewDTMFDetector(Rate8k)
		var found []DTMFChange
		for i := 0; i < len(pcm); i += 160 {
			n, _ := codec.e.Encode(b, pcm[i:i+160])
			n, _ = codec.d.Decode(out, b[:n])
			found = append(found, d.Feed(out[:n])...)
		}
		if len(found) != 2 || found[0].Event != 5 || (Rate8k.Duration(found[1].Length)-70*time.Millisecond).Abs() > 12*time.Millisecond {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// speechLike makes something that has what of a voice could be taken for digits:
// a gliding pitch with all its harmonics, shaped by two formants that wander over
// the frequencies of the keypad, syllables and breath.
func speechLike(rate Rate, length time.Duration, seed uint64) []int16 {
	rnd := rand.New(rand.NewPCG(seed, 9))
	pcm := make([]int16, rate.Samples(length))
	var phase, pitch, f1, f2, loud, target float64
	pitch, f1, f2 = 120, 700, 1300
	toPitch, toF1, toF2 := pitch, f1, f2
	breath := 0.0
	var gains []float64
	for i := range pcm {
		if i%(int(rate)/8) == 0 { // a syllable
			toPitch = 80 + rnd.Float64()*270
			toF1, toF2 = 300+rnd.Float64()*700, 1000+rnd.Float64()*1400
			target = 0
			if rnd.Float64() < 0.8 {
				target = 1000 + rnd.Float64()*9000
			}
			breath = rnd.Float64() * 0.1
		}
		const slow = 0.0015
		pitch += (toPitch - pitch) * slow
		f1, f2 = f1+(toF1-f1)*slow, f2+(toF2-f2)*slow
		loud += (target - loud) * slow
		phase += 2 * math.Pi * pitch / float64(rate)
		if i%40 == 0 {
			gains = gains[:0]
			for k := 1; float64(k)*pitch < 3400; k++ {
				f := float64(k) * pitch
				gains = append(gains, resonance(f, f1, 90)+0.6*resonance(f, f2, 120)+0.3*resonance(f, 2600, 180)+60/f)
			}
		}
		v := rnd.NormFloat64() * breath
		sin, cos := math.Sincos(phase)
		for last, before, k := 0.0, sin, 0; k < len(gains); k++ { // sin(kx) by recursion
			v += gains[k] * before
			last, before = before, 2*cos*before-last
		}
		pcm[i] = int16(max(-32768, min(32767, v*loud)))
	}
	return pcm
}

func TestDTMFIsNotTalkedOff(t *testing.T) {
	if raceEnabled {
		t.Skip("minutes of sound, on one goroutine: without the race detector, in make plain")
	}
	for rate, minutes := range map[Rate]int{Rate8k: 3, Rate16k: 1} {
		for i := range minutes {
			d, _ := NewDTMFDetector(rate)
			if found := hear(d, speechLike(rate, time.Minute, uint64(i))); len(found) != 0 {
				t.Errorf("speech-like sound %d at %d: %d changes, the first %+v", i, rate, len(found), found[0])
			}
		}
	}
	rnd := rand.New(rand.NewPCG(5, 6))
	noise := make([]int16, Rate8k.Samples(time.Minute))
	for i := range noise {
		noise[i] = int16(max(-32768, min(32767, rnd.NormFloat64()*6000)))
	}
	d, _ := NewDTMFDetector(Rate8k)
	if found := hear(d, noise); len(found) != 0 {
		t.Errorf("noise: %+v", found)
	}
	for _, name := range []string{"ringback", "busy", "congestion", "dial", "info", "test"} {
		for _, country := range []string{"gb", "us", "de", "fr"} {
			spec, err := NamedTone(name, country)
			if err != nil {
				continue
			}
			tone, _ := NewTone(Rate8k, spec)
			pcm := make([]int16, Rate8k.Samples(10*time.Second))
			tone.Frame(pcm)
			d.Reset()
			if found := hear(d, pcm); len(found) != 0 {
				t.Errorf("tone %s of %s: %+v", name, country, found)
			}
		}
	}
}

func TestDTMFDetectorAllocatesNothing(t *testing.T) {
	d, _ := NewDTMFDetector(Rate8k)
	pcm := dualTone{key: 5, on: 100 * time.Millisecond, low: -8, high: -6}.write(Rate8k, rand.New(rand.NewPCG(1, 1)))
	if n := testing.AllocsPerRun(100, func() {
		for i := 0; i+160 <= len(pcm); i += 160 {
			d.Feed(pcm[i : i+160])
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
	if _, err := NewDTMFDetector(Rate48k); err == nil {
		t.Error("48000 was accepted")
	}
}

func BenchmarkDTMFDetector(b *testing.B) {
	for _, rate := range []Rate{Rate8k, Rate16k} {
		b.Run(fmt.Sprint(rate), func(b *testing.B) {
			d, _ := NewDTMFDetector(rate)
			pcm := speechLike(rate, time.Second, 1)[:rate.Frame()]
			for b.Loop() {
				d.Feed(pcm)
			}
		})
	}
}

// resonance is the gain of a formant.
func resonance(f, at, width float64) float64 {
	return 1 / math.Sqrt(1+math.Pow(2*(f-at)/width, 2))
}

func TestDTMFGoesOnAcrossWhatNeverCame(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	d, _ := NewDTMFDetector(Rate8k)
	for key := range 16 {
		for lost := range 7 { // each packet of 20 ms in turn
			tone := dualTone{key: key, on: 100 * time.Millisecond, low: -8, high: -6, lead: 70}
			pcm := tone.write(Rate8k, rnd)
			d.Reset()
			var found []DTMFChange
			for i := 0; i+160 <= len(pcm); i += 160 {
				if i == lost*160 {
					d.Skip(160)
					continue
				}
				found = append(found, d.Feed(pcm[i:i+160])...)
			}
			if len(found) != 2 || found[0].Event != dtmfEvents[key/4][key%4] {
				t.Errorf("key %d without packet %d: %+v", key, lost, found)
				continue
			}
			if got := Rate8k.Duration(found[1].Length); (got - 100*time.Millisecond).Abs() > 30*time.Millisecond {
				t.Errorf("key %d without packet %d: %v", key, lost, got)
			}
		}
	}
}
