package codecs

import (
	"math"
	"strings"
	"testing"
)

// goertzel returns the peak of the sine of hz that is in pcm.
func goertzel(pcm []int16, hz float64, r Rate) float64 {
	w := 2 * math.Pi * hz / float64(r)
	var re, im float64
	for i, v := range pcm {
		window := 1 - math.Cos(2*math.Pi*float64(i)/float64(len(pcm)))
		re += float64(v) * window * math.Cos(w*float64(i))
		im += float64(v) * window * math.Sin(w*float64(i))
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm))
}

// levelOf turns the peak of a sine into dBm0.
func levelOf(peak float64) float64 { return 20*math.Log10(peak/32124) + 3.17 }

func play(t *Tone, n int) []int16 {
	pcm := make([]int16, n)
	t.Frame(pcm)
	return pcm
}

func power(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return sum / float64(max(1, len(pcm)))
}

// edges returns the milliseconds at which sound and silence take turns, sound
// first: a millisecond is silent when every 1 ms around it is.
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

func TestToneHasFrequenciesLevelAndCadence(t *testing.T) {
	tests := []struct {
		country, name string
		hz            []float64
		cadence       []int // ms on, off, on, ...; empty is steady
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
		{"", "ringback", []float64{400, 450}, []int{400, 200, 400, 2000}},
		{"", "info", []float64{950}, []int{990, 1000}},
		{"", "test", []float64{1000}, nil},
	}
	for _, tt := range tests {
		for _, r := range []Rate{8000, 16000, 48000} {
			tone, err := NewTone(tt.name, tt.country, r)
			if err != nil {
				t.Fatalf("NewTone(%q, %q, %d): %v", tt.name, tt.country, r, err)
			}
			pcm := play(tone, 13*int(r))
			body := pcm[int(r)/100 : int(r)/100+int(r)/5] // 200 ms, past the ramp
			total := 0.0
			for _, hz := range tt.hz {
				peak := goertzel(body, hz, r)
				total += peak * peak
			}
			want := progressLevel
			if tt.name == "test" {
				want = testLevel
			}
			if got := levelOf(math.Sqrt(total)); math.Abs(got-want) > 0.3 {
				t.Errorf("%s %s at %d: %.2f dBm0 at %v Hz, want %.0f", tt.country, tt.name, r, got, tt.hz, want)
			}
			if all := power(body) * 2; math.Abs(all-total) > all*0.05 {
				t.Errorf("%s %s at %d: power %.0f, of which %.0f at %v Hz", tt.country, tt.name, r, all, total, tt.hz)
			}
			checkCadence(t, tt.country+" "+tt.name, edges(pcm, r), tt.cadence)
		}
	}
}

func checkCadence(t *testing.T, name string, got, cadence []int) {
	t.Helper()
	if len(cadence) == 0 {
		if len(got) != 1 {
			t.Errorf("%s: sound changes at %v ms, want a steady tone", name, got)
		}
		return
	}
	at := 0
	for i, ms := range got {
		if d := ms - at; d < -2 || d > 2 {
			t.Errorf("%s: sound changes at %v ms; want change %d at %d", name, got, i, at)
			return
		}
		at += cadence[i%len(cadence)]
	}
	if at < 12500-cadence[len(cadence)-1] {
		t.Errorf("%s: sound changes at %v ms, then no more", name, got)
	}
}

func TestInfoToneRises(t *testing.T) {
	tone, err := NewTone("info", "us", 8000)
	if err != nil {
		t.Fatal(err)
	}
	pcm := play(tone, 8000)
	for i, hz := range []float64{950, 1400, 1800} {
		note := pcm[i*2640+80 : (i+1)*2640-80]
		if got := levelOf(goertzel(note, hz, 8000)); math.Abs(got-progressLevel) > 0.3 {
			t.Errorf("note %d: %.2f dBm0 at %.0f Hz, want %.0f", i, got, hz, progressLevel)
		}
	}
}

func TestDTMFIsThePairOfItsKey(t *testing.T) {
	lows, highs := []float64{697, 770, 852, 941}, []float64{1209, 1336, 1477, 1633}
	keypad := "123A456B789C*0#D"
	for event, key := range "0123456789*#ABCD" {
		place := strings.IndexRune(keypad, key)
		for _, r := range []Rate{8000, 16000, 48000} {
			tone, err := NewDTMF(uint8(event), r)
			if err != nil {
				t.Fatal(err)
			}
			pcm := play(tone, int(r)/5)[int(r)/100:]
			for i := range 4 {
				checkPartial(t, key, goertzel(pcm, lows[i], r), i == place/4, dtmfLowLevel)
				checkPartial(t, key, goertzel(pcm, highs[i], r), i == place%4, dtmfHighLevel)
			}
		}
	}
	if _, err := NewDTMF(16, 8000); err == nil || !strings.Contains(err.Error(), "16") {
		t.Errorf("NewDTMF(16) = %v, want an error that names 16", err)
	}
}

func checkPartial(t *testing.T, key rune, peak float64, there bool, level float64) {
	t.Helper()
	got := levelOf(peak)
	if there && math.Abs(got-level) > 0.3 || !there && got > -40 {
		t.Errorf("key %c: %.1f dBm0, belongs there: %v", key, got, there)
	}
}

func TestToneFramesJoin(t *testing.T) {
	for _, name := range ToneNames() {
		whole, _ := NewTone(name, "gb", 8000)
		parts, _ := NewTone(name, "gb", 8000)
		want := play(whole, 5*8000)
		var got []int16
		for n := 1; len(got) < len(want); n = n%331 + 7 {
			got = append(got, play(parts, min(n, len(want)-len(got)))...)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%s: sample %d is %d in pieces, %d in one", name, i, got[i], want[i])
			}
		}
		for i := 1; i < len(want); i++ {
			if d := int(want[i]) - int(want[i-1]); d > 10000 || d < -10000 {
				t.Fatalf("%s: a jump of %d at sample %d", name, d, i)
			}
		}
	}
}

func TestNewToneNamesWhatIsUnknown(t *testing.T) {
	for _, tt := range []struct {
		name, country string
		rate          Rate
		want          string
	}{
		{"bussy", "gb", 8000, `"bussy"`},
		{"busy", "uk", 8000, `"uk"`},
		{"busy", "gb", 44100, "rate"},
	} {
		if _, err := NewTone(tt.name, tt.country, tt.rate); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("NewTone(%q, %q, %d) = %v, want an error with %s", tt.name, tt.country, tt.rate, err, tt.want)
		}
	}
}

func TestToneAllocatesNothing(t *testing.T) {
	tone, _ := NewTone("ringback", "", 48000)
	pcm := make([]int16, 960)
	if n := testing.AllocsPerRun(100, func() { tone.Frame(pcm) }); n != 0 {
		t.Errorf("Frame allocates %v times", n)
	}
}
