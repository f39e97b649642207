package codecs

import (
	"math"
	"testing"
)

// through resamples pcm in pieces of n samples.
func through(t testing.TB, from, to Rate, pcm []int16, n int) []int16 {
	t.Helper()
	r, err := NewResampler(from, to)
	if err != nil {
		t.Fatal(err)
	}
	var out []int16
	for len(pcm) > 0 {
		m := min(n, len(pcm))
		dst := make([]int16, r.Size(m))
		out = append(out, dst[:r.Resample(dst, pcm[:m])]...)
		pcm = pcm[m:]
	}
	return out
}

func TestResamplerKeepsWhatBothRatesHave(t *testing.T) {
	for _, from := range allRates {
		for _, to := range allRates {
			for _, hz := range []float64{100, 1000, 2000, 3200} {
				pcm := sines(from, int(from), 16000, hz)
				got := through(t, from, to, pcm, from.Frame())
				if len(got) != int(to) {
					t.Fatalf("%d to %d: %d samples of a second", from, to, len(got))
				}
				got = got[len(got)/4:]
				level := goertzel(got, hz, to)
				if db := 20 * math.Log10(level/16000); math.Abs(db) > 0.1 {
					t.Errorf("%d to %d: %v Hz is %.2f dB off", from, to, hz, db)
				}
				// What is left without the sine is noise.
				if noise := noiseBeside(got, hz, to); noise > -65 {
					t.Errorf("%d to %d: with %v Hz comes noise of %.0f dB", from, to, hz, noise)
				}
			}
		}
	}
}

// noiseBeside returns the power of what in pcm is not the sine of hz, against
// it, in dB: the sine is fitted and taken away.
func noiseBeside(pcm []int16, hz float64, r Rate) float64 {
	var sc, ss, cc, xs, xc float64
	for i, v := range pcm {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / float64(r))
		sc, ss, cc, xs, xc = sc+s*c, ss+s*s, cc+c*c, xs+float64(v)*s, xc+float64(v)*c
	}
	det := ss*cc - sc*sc
	a, b := (xs*cc-xc*sc)/det, (xc*ss-xs*sc)/det
	var signal, noise float64
	for i, v := range pcm {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / float64(r))
		sine := a*s + b*c
		signal, noise = signal+sine*sine, noise+(float64(v)-sine)*(float64(v)-sine)
	}
	return 10 * math.Log10(noise/signal)
}

func TestResamplerTakesAwayWhatTheLowerRateHasNot(t *testing.T) {
	for _, c := range []struct {
		from, to Rate
		hz       float64
	}{
		{Rate16k, Rate8k, 5000},
		{Rate16k, Rate8k, 7500},
		{Rate48k, Rate8k, 5000},
		{Rate48k, Rate8k, 20000},
		{Rate48k, Rate16k, 10000},
		{Rate48k, Rate16k, 23000},
	} {
		got := through(t, c.from, c.to, sines(c.from, int(c.from), 16000, c.hz), c.from.Frame())
		if db := 10 * math.Log10(power(got[len(got)/4:])/(16000*16000/2)+1e-12); db > -70 {
			t.Errorf("%d to %d: %v Hz comes through with %.0f dB", c.from, c.to, c.hz, db)
		}
	}
}

func TestResamplerIsTheSameInAnyPieces(t *testing.T) {
	for _, from := range allRates {
		for _, to := range allRates {
			pcm := voice(from, int(from)/5)
			want := through(t, from, to, pcm, len(pcm))
			got := through(t, from, to, pcm, 37)
			for i := range want {
				if i >= len(got) || want[i] != got[i] {
					t.Errorf("%d to %d: sample %d differs", from, to, i)
					break
				}
			}
		}
	}
}

func TestResamplerDelaysLittleAndAllocatesNothing(t *testing.T) {
	for _, from := range allRates {
		for _, to := range allRates {
			if from == to {
				continue
			}
			r, err := NewResampler(from, to)
			if err != nil {
				t.Fatal(err)
			}
			pcm := make([]int16, from.Frame())
			pcm[0] = 20000
			dst := make([]int16, r.Size(len(pcm)))
			n := r.Resample(dst, pcm)
			peak := 0
			for i := range n {
				if dst[i] > dst[peak] {
					peak = i
				}
			}
			if ms := 1000 * float64(peak) / float64(to); ms > 2.1 {
				t.Errorf("%d to %d: a delay of %.1f ms", from, to, ms)
			}
			wantNoAllocs(t, "Resample", func() { r.Resample(dst, pcm) })
			r.Reset()
			clear(pcm)
			if n := r.Resample(dst, pcm); power(dst[:n]) != 0 {
				t.Errorf("%d to %d: what was before Reset is heard after it", from, to)
			}
		}
	}
	if _, err := NewResampler(44100, 8000); err == nil {
		t.Error("44100 was taken")
	}
}

// TestFixedCodecsRunAtOtherRates takes G.711 and G.722 through each other's rate.
func TestFixedCodecsRunAtOtherRates(t *testing.T) {
	for _, r := range allRates {
		for name, c := range wideCodecs(t) {
			e, err := NewResampledEncoder(c.e, r)
			if err != nil {
				t.Fatal(err)
			}
			d, err := NewResampledDecoder(c.d, r)
			if err != nil {
				t.Fatal(err)
			}
			pcm := voice(r, int(r))
			if c.d.Rate() != r {
				pcm = sines(r, int(r), 12000, 300, 1100, 2300)
			}
			sent := fixedPackets(t, e, pcm, r.Frame())
			got := listen(t, d, sent)
			if len(got) != len(pcm) {
				t.Errorf("%s at %d: %d samples of %d", name, r, len(got), len(pcm))
			}
			if delay, same := bestDelay(pcm, got, int(r)/100); same < 0.95 || r.Duration(delay).Milliseconds() > 6 {
				t.Errorf("%s at %d: correlation %.3f at a delay of %d samples", name, r, same, delay)
			}
			dst := make([]int16, r.MaxFrame())
			if n := d.Conceal(dst, r.Frame()); n != r.Frame() {
				t.Errorf("%s at %d: Conceal = %d, want %d", name, r, n, r.Frame())
			}
			if n, err := d.Recover(dst, sent[0], r.Frame()); n != r.Frame() || err != nil {
				t.Errorf("%s at %d: Recover = %d, %v", name, r, n, err)
			}
			b := make([]byte, 12*r.MaxFrame())
			wantNoAllocs(t, name, func() {
				_, _ = e.Encode(b, pcm[:r.Frame()])
				_, _ = d.Decode(dst, sent[0])
			})
		}
	}
	for _, r := range []Rate{0, 44100} {
		if _, err := NewResampledDecoder(NewULawDecoder(), r); err == nil {
			t.Errorf("a decoder at %d was made", r)
		}
		if _, err := NewResampledEncoder(NewULawEncoder(), r); err == nil {
			t.Errorf("an encoder at %d was made", r)
		}
	}
}
