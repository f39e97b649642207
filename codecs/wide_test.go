package codecs

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// wideDecoders are the codecs of fixed rates other than G.711, with encoders.
func wideCodecs(t testing.TB) map[string]struct {
	d Decoder
	e Encoder
} {
	t.Helper()
	type pair = struct {
		d Decoder
		e Encoder
	}
	all := map[string]pair{"G.722": {NewG722Decoder(), NewG722Encoder()}}
	for name, r := range map[string]Rate{"L16/8000": Rate8k, "L16/16000": Rate16k, "L16/48000": Rate48k} {
		d, err := NewL16Decoder(r)
		if err != nil {
			t.Fatal(err)
		}
		e, err := NewL16Encoder(r)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = pair{d, e}
	}
	return all
}

// fixedPackets encodes pcm in frames of n samples, of any size.
func fixedPackets(t testing.TB, e Encoder, pcm []int16, n int) [][]byte {
	t.Helper()
	var out [][]byte
	for ; len(pcm) >= n; pcm = pcm[n:] {
		b := make([]byte, 12*n)
		size, err := e.Encode(b, pcm[:n])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b[:size])
	}
	return out
}

func TestWideCodecsCarryVoice(t *testing.T) {
	for name, c := range wideCodecs(t) {
		r := c.d.Rate()
		pcm := voice(r, int(r))
		for _, ms := range []int{10, 20, 30, 60} {
			c.d.Reset()
			c.e.Reset()
			got := listen(t, c.d, fixedPackets(t, c.e, pcm, int(r)*ms/1000))
			delay, same := bestDelay(pcm, got, int(r)/100)
			if same < 0.99 || r.Duration(delay).Milliseconds() > 2 {
				t.Errorf("%s, %d ms: correlation %.3f at a delay of %d samples", name, ms, same, delay)
			}
			if name != "G.722" && !slices.Equal(pcm[:len(got)], got) {
				t.Errorf("%s, %d ms: L16 is not what it was", name, ms)
			}
		}
	}
}

// TestG722CarriesWhatTelephonesDoNot is about the upper of its two bands.
func TestG722CarriesWhatTelephonesDoNot(t *testing.T) {
	for _, hz := range []float64{300, 1000, 3000, 5000, 6500} {
		pcm := sines(Rate16k, 16000, 12000, hz)
		got := listen(t, NewG722Decoder(), fixedPackets(t, NewG722Encoder(), pcm, 320))
		if level := goertzel(got[3200:], hz, Rate16k); math.Abs(20*math.Log10(level/12000)) > 1 {
			t.Errorf("%v Hz has a peak of %.0f, want 12000", hz, level)
		}
	}
}

func TestWideCodecsConcealAndComeBack(t *testing.T) {
	for name, c := range wideCodecs(t) {
		r := c.d.Rate()
		pcm := sines(r, int(r), 12000, 150, 300, 450)
		sent := fixedPackets(t, c.e, pcm, r.Frame())
		whole := listen(t, c.d, sent)
		c.d.Reset()
		var got []int16
		dst := make([]int16, r.MaxFrame())
		for i, p := range sent {
			if i%10 == 7 {
				n, err := c.d.Recover(dst, sent[i], r.Frame()) // has no FEC: conceals
				if n != r.Frame() || err != nil {
					t.Fatalf("%s: Recover = %d, %v", name, n, err)
				}
			} else if _, err := c.d.Decode(dst, p); err != nil {
				t.Fatal(err)
			}
			got = append(got, dst[:r.Frame()]...)
		}
		f := r.Frame()
		for i := 17; i+6 < len(sent); i += 10 {
			if same := correlation(whole[i*f:i*f+f/2], got[i*f:i*f+f/2]); same < 0.95 {
				t.Errorf("%s: correlation %.3f of 10 ms that were concealed", name, same)
			}
			after := (i+3)*f + f/2
			if s := snr(whole[after:after+2*f], got[after:after+2*f]); s < 20 {
				t.Errorf("%s: %.0f dB 50 ms after a loss", name, s)
			}
		}
		most, _ := greatestJump(got)
		if limit := 2.5 * float64(jumpOf(whole)); most > limit {
			t.Errorf("%s: a jump of %.0f, the sound has %d", name, most, jumpOf(whole))
		}
		if n := c.d.Conceal(dst, r.MaxFrame()); n != r.MaxFrame() {
			t.Errorf("%s: Conceal = %d", name, n)
		}
		if p := power(dst[r.MaxFrame()*6/10:]); p != 0 {
			t.Errorf("%s: power %.0f after 72 ms of nothing", name, p)
		}
	}
}

func TestWideCodecsRefuseWhatTheyDoNotHave(t *testing.T) {
	for name, c := range wideCodecs(t) {
		r := c.d.Rate()
		dst, b := make([]int16, r.MaxFrame()), make([]byte, 2*r.MaxFrame()+2)
		for _, n := range []int{0, 2*r.MaxFrame() + 2} {
			if _, err := c.d.Decode(dst, b[:n]); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: Decode of %d octets: %v", name, n, err)
			}
			if _, err := c.d.Recover(dst, b[:n], 160); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: Recover from %d octets: %v", name, n, err)
			}
		}
		if _, err := c.d.Decode(dst[:3], b[:160]); !errors.Is(err, ErrBuffer) {
			t.Errorf("%s: Decode into too little: %v", name, err)
		}
		if _, err := c.e.Encode(b[:3], dst[:320]); !errors.Is(err, ErrBuffer) {
			t.Errorf("%s: Encode into too little: %v", name, err)
		}
		if _, err := c.e.Encode(b, nil); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: Encode of nothing: %v", name, err)
		}
	}
	if _, err := NewG722Encoder().Encode(make([]byte, 200), make([]int16, 321)); !errors.Is(err, ErrFrame) {
		t.Errorf("an odd number of samples: %v, want ErrFrame", err)
	}
	d, _ := NewL16Decoder(Rate16k)
	if n := d.Duration(make([]byte, 321)); n != 0 {
		t.Errorf("half a sample lasts for %d", n)
	}
	for _, r := range []Rate{0, 44100} {
		if _, err := NewL16Decoder(r); err == nil {
			t.Errorf("L16 at %d was taken", r)
		}
		if _, err := NewL16Encoder(r); err == nil {
			t.Errorf("L16 at %d was taken", r)
		}
	}
}

func TestWideCodecsAllocateNothing(t *testing.T) {
	for name, c := range wideCodecs(t) {
		r := c.d.Rate()
		pcm, b, dst := voice(r, r.Frame()), make([]byte, 2*r.Frame()), make([]int16, r.MaxFrame())
		n, err := c.e.Encode(b, pcm)
		if err != nil {
			t.Fatal(err)
		}
		wantNoAllocs(t, name, func() {
			_, _ = c.e.Encode(b, pcm)
			_, _ = c.d.Decode(dst, b[:n])
			c.d.Conceal(dst, r.Frame())
			c.d.Reset()
			c.e.Reset()
		})
	}
}

// TestG722ComesBackLoudWhereThatIsExpected is about a tone that began in what is lost.
func TestG722ComesBackLoudWhereThatIsExpected(t *testing.T) {
	pcm := append(make([]int16, 3200), sines(Rate16k, 3200, 5000, 770, 1336)...)
	packets := fixedPackets(t, NewG722Encoder(), pcm, 320)
	for _, expected := range []bool{false, true} {
		d := NewG722Decoder()
		listen(t, d, packets[:10])
		if expected {
			if n := testing.AllocsPerRun(10, func() { ExpectLoud(d) }); n != 0 {
				t.Errorf("%v allocations, want none", n)
			}
		}
		got := listen(t, d, packets[11:13])
		off := 10 * math.Log10(power(got[:320])/power(pcm[3520:3840]))
		if near := math.Abs(off) < 3; near != expected {
			t.Errorf("expected %v: the first 20 ms are %+.1f dB off", expected, off)
		}
	}
	ExpectLoud(NewULawDecoder())
	ExpectLoud(nil)
}
