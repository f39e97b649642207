package codecs

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// play returns the first n samples of a Spec.
func play(t *testing.T, r Rate, s Spec, n int) []int16 {
	t.Helper()
	tone, err := NewTone(r, s)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, n)
	return pcm[:tone.Frame(pcm)]
}

func named(t *testing.T, name, country string) Spec {
	t.Helper()
	s, err := NamedTone(name, country)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// edges returns the ms at which sound and silence take turns. It is silent when
// 10 ms are.
func edges(pcm []int16, r Rate) []int {
	per := int(r) / 1000
	var at []int
	sounding, quiet := false, 0
	for ms := range len(pcm) / per {
		loud := power(pcm[ms*per:(ms+1)*per]) > 100
		switch {
		case loud && !sounding:
			at, sounding, quiet = append(at, ms), true, 0
		case loud:
			quiet = 0
		case sounding:
			if quiet++; quiet == 10 {
				at, sounding = append(at, ms-9), false
			}
		}
	}
	return at
}

func TestTonesHaveTheirFrequenciesLevelAndCadence(t *testing.T) {
	tests := []struct {
		country, name string
		hz            []float64
		cadence       []int // ms of sound and silence in turn; none is steady
	}{
		{"gb", "ringback", []float64{400, 450}, []int{400, 200, 400, 2000}},
		{"gb", "busy", []float64{400}, []int{375, 375}},
		{"gb", "congestion", []float64{400}, []int{400, 350, 225, 525}},
		{"gb", "dial", []float64{350, 440}, nil},
		{"us", "ringback", []float64{440, 480}, []int{2000, 4000}},
		{"us", "busy", []float64{480, 620}, []int{500, 500}},
		{"us", "congestion", []float64{480, 620}, []int{250, 250}},
		{"us", "dial", []float64{350, 440}, nil},
		{"de", "ringback", []float64{425}, []int{1000, 4000}},
		{"de", "busy", []float64{425}, []int{480, 480}},
		{"de", "congestion", []float64{425}, []int{240, 240}},
		{"de", "dial", []float64{425}, nil},
		{"fr", "ringback", []float64{440}, []int{1500, 3500}},
		{"fr", "busy", []float64{440}, []int{500, 500}},
		{"fr", "congestion", []float64{440}, []int{250, 250}},
		{"fr", "dial", []float64{440}, nil},
		{"it", "dial", []float64{425}, []int{200, 200, 600, 1000}},
		{"es", "ringback", []float64{425}, []int{1500, 3000}},
		{"ch", "congestion", []float64{425}, []int{200, 200}},
		{"at", "ringback", []float64{420}, []int{1000, 5000}},
		{"br", "congestion", []float64{425}, []int{250, 250, 750, 250}},
		{"cn", "busy", []float64{450}, []int{350, 350}},
		{"hu", "ringback", []float64{425}, []int{1250, 3750}},
		{"kr", "ringback", []float64{440, 480}, []int{1000, 2000}},
		{"pt", "ringback", []float64{425}, []int{1000, 5000}},
		{"ru", "busy", []float64{425}, []int{350, 350}},
		{"se", "congestion", []float64{425}, []int{250, 750}},
		{"tr", "ringback", []float64{450}, []int{2000, 4000}},
		{"us", "waiting", []float64{440}, []int{300, 10000}},
		{"", "ringback", []float64{400, 450}, []int{400, 200, 400, 2000}},
		{"US", "busy", []float64{480, 620}, []int{500, 500}},
		{"", "test", []float64{1000}, nil},
	}
	for _, tt := range tests {
		for _, r := range []Rate{Rate8k, Rate16k} {
			pcm := play(t, r, named(t, tt.name, tt.country), 13*int(r))
			first := pcm[int(r)/100 : int(r)/100+int(r)*18/100] // past the edge
			together := 0.0
			for _, hz := range tt.hz {
				peak := goertzel(first, hz, r)
				together += peak * peak
			}
			want := float64(progressLevel)
			if tt.name == ToneTest {
				want = testLevel
			}
			if got := levelOf(math.Sqrt(together)); math.Abs(got-want) > 0.3 {
				t.Errorf("%s %s at %d: %.2f dBm0 at %v Hz, want %v", tt.country, tt.name, r, got, tt.hz, want)
			}
			if all := power(first) * 2; math.Abs(all-together) > all*0.05 {
				t.Errorf("%s %s at %d: there is more than %v Hz", tt.country, tt.name, r, tt.hz)
			}
			wantCadence(t, tt.country+" "+tt.name, edges(pcm, r), tt.cadence)
		}
	}
}

func wantCadence(t *testing.T, name string, got, cadence []int) {
	t.Helper()
	if len(cadence) == 0 {
		if len(got) != 1 {
			t.Errorf("%s: changes at %v ms, want a steady tone", name, got)
		}
		return
	}
	at := 0
	for i, ms := range got {
		if d := ms - at; d < -2 || d > 2 {
			t.Errorf("%s: changes at %v ms; want change %d at %d", name, got, i, at)
			return
		}
		at += cadence[i%len(cadence)]
	}
	if at < 12900 {
		t.Errorf("%s: changes at %v ms, then no more", name, got)
	}
}

func TestEveryCountryHasEveryTone(t *testing.T) {
	for _, country := range ToneCountries() {
		for _, name := range ToneNames() {
			s := named(t, name, country)
			if err := s.Validate(Rate8k); err != nil {
				t.Errorf("%s %s: %v", country, name, err)
			}
			if pcm := play(t, Rate8k, s, 7*8000); len(pcm) != 7*8000 {
				t.Errorf("%s %s ends", country, name)
			}
		}
	}
	if !slices.IsSorted(ToneCountries()) || !slices.Contains(ToneCountries(), DefaultCountry) {
		t.Errorf("countries %v", ToneCountries())
	}
}

func TestInfoToneRises(t *testing.T) {
	pcm := play(t, Rate8k, named(t, ToneInfo, ""), 4*8000)
	const round = 15920 // 3 x 330 ms and 1 s
	for start := range 2 {
		for i, hz := range []float64{950, 1400, 1800} {
			note := pcm[start*round+i*2640+80 : start*round+(i+1)*2640-80]
			if got := levelOf(goertzel(note, hz, Rate8k)); math.Abs(got-progressLevel) > 0.3 {
				t.Errorf("note %d: %.2f dBm0 at %v Hz, want %d", i, got, hz, progressLevel)
			}
		}
		if p := power(pcm[start*round+7920 : (start+1)*round]); p != 0 {
			t.Errorf("power %.0f in the pause", p)
		}
	}
}

func TestDTMFIsThePairOfItsKey(t *testing.T) {
	lows, highs := []float64{697, 770, 852, 941}, []float64{1209, 1336, 1477, 1633}
	for _, levels := range []DTMFLevels{{}, {Low: -13, High: -10}} {
		want := levels
		if levels == (DTMFLevels{}) {
			want = DTMFLevels{Low: -8, High: -6}
		}
		for event, key := range "0123456789*#ABCD" {
			place := strings.IndexRune("123A456B789C*0#D", key)
			for _, r := range allRates {
				s, err := DTMF(uint8(event), 100*time.Millisecond, levels)
				if err != nil {
					t.Fatal(err)
				}
				pcm := play(t, r, s, int(r))
				if len(pcm) != int(r)/10 {
					t.Fatalf("%c: %d samples at %d, want 100 ms", key, len(pcm), r)
				}
				pcm = pcm[int(r)/200 : len(pcm)-int(r)/200]
				for i := range 4 {
					wantSine(t, key, goertzel(pcm, lows[i], r), i == place/4, want.Low)
					wantSine(t, key, goertzel(pcm, highs[i], r), i == place%4, want.High)
				}
			}
		}
	}
	if _, err := DTMF(16, 0, DTMFLevels{}); err == nil || !strings.Contains(err.Error(), "16") {
		t.Errorf("DTMF(16): %v, want an error that names it", err)
	}
}

func wantSine(t *testing.T, key rune, peak float64, there bool, level float64) {
	t.Helper()
	got := levelOf(peak)
	if there && math.Abs(got-level) > 0.3 || !there && got > level-30 {
		t.Errorf("key %c: %.1f dBm0, belongs there: %v", key, got, there)
	}
}

func TestFramesOfAToneJoin(t *testing.T) {
	for _, name := range ToneNames() {
		s := named(t, name, "gb")
		want := play(t, Rate8k, s, 5*8000)
		tone, _ := NewTone(Rate8k, s)
		got := make([]int16, len(want))
		for at, n := 0, 1; at < len(got); n = n%331 + 7 {
			n = min(n, len(got)-at)
			at += tone.Frame(got[at : at+n])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: other samples in pieces than in one", name)
		}
		tone.Reset()
		again := make([]int16, len(want))
		if tone.Frame(again); !slices.Equal(again, want) {
			t.Errorf("%s: other samples after Reset", name)
		}
	}
}

func TestTonesDoNotClick(t *testing.T) {
	for _, name := range ToneNames() {
		for _, country := range ToneCountries() {
			pcm := play(t, Rate16k, named(t, name, country), 4*16000)
			// A sine of peak p and f Hz goes at most p*2*pi*f/rate a sample.
			limit := 2 * math.Pi * 1800 / 16000 * Sine{1800, testLevel}.peak() * 1.1
			if most, at := greatestJump(pcm); most > limit {
				t.Errorf("%s %s: a jump of %.0f at sample %d, the fastest sine has %.0f", country, name, most, at, limit)
			}
		}
	}
}

func TestToneEndsAfterItsTimes(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name string
		spec Spec
		want int // samples at 8000
	}{
		{"one sine", SineTone(440, -10, 50*ms), 400},
		{"twice a beep", Spec{Times: 2, Steps: []Step{{Length: 30 * ms, Sines: [2]Sine{{440, -10}}}, {Length: 20 * ms}}}, 800},
		{"three times silence", Spec{Times: 3, Steps: []Step{{Length: 10 * ms}}}, 240},
		{"never ends", SineTone(440, -10, 0), 8000},
		{"silence for ever", Spec{Steps: []Step{{}}}, 8000},
	}
	for _, tt := range tests {
		tone, err := NewTone(Rate8k, tt.spec)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			n, frame := 0, make([]int16, 160)
			for n < 8000 {
				got := tone.Frame(frame)
				n += got
				if got < len(frame) {
					break
				}
			}
			if n != tt.want {
				t.Errorf("%s: %d samples, want %d", tt.name, n, tt.want)
			}
			if n < 8000 && tone.Frame(frame) != 0 {
				t.Errorf("%s: goes on after its end", tt.name)
			}
			tone.Reset()
		}
	}
}

func TestToneSpecsAreChecked(t *testing.T) {
	step := func(s Step) Spec { return Spec{Steps: []Step{s}} }
	nan := math.NaN()
	tests := map[string]Spec{
		"without steps":     {},
		"negative times":    {Times: -1, Steps: []Step{{}}},
		"negative length":   step(Step{Length: -1}),
		"less than one":     step(Step{Length: 100 * time.Microsecond}),
		"half of the rate":  step(Step{Sines: [2]Sine{{4000, -10}}}),
		"negative Hz":       step(Step{Sines: [2]Sine{{-1, -10}}}),
		"no number of Hz":   step(Step{Sines: [2]Sine{{nan, -10}}}),
		"too loud":          step(Step{Sines: [2]Sine{{400, 3.5}}}),
		"no number of dBm0": step(Step{Sines: [2]Sine{{}, {400, nan}}}),
	}
	for name, s := range tests {
		if _, err := NewTone(Rate8k, s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := NewTone(44100, SineTone(440, -10, 0)); err == nil {
		t.Error("44100 samples a second: no error")
	}
	for _, tt := range [][3]string{{"bussy", "gb", `"bussy"`}, {"busy", "uk", `"uk"`}, {"", "", `""`}} {
		if _, err := NamedTone(tt[0], tt[1]); err == nil || !strings.Contains(err.Error(), tt[2]) {
			t.Errorf("NamedTone(%q, %q): %v, want an error with %s", tt[0], tt[1], err, tt[2])
		}
	}
}

func TestToneAllocatesNothing(t *testing.T) {
	tone, err := NewTone(Rate48k, named(t, ToneBusy, ""))
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, 960)
	wantNoAllocs(t, "Frame", func() { tone.Frame(pcm) })
}
