package codecs

import (
	"math"
	"testing"
)

// lossy plays pcm through a Decoder of PCMU in frames, of which those that lost
// names never come.
func lossy(pcm []int16, frame int, lost func(frame int) bool) []int16 {
	d := NewULawDecoder()
	b := make([]byte, frame)
	out := make([]int16, len(pcm)/frame*frame)
	for i := 0; (i+1)*frame <= len(pcm); i++ {
		to := out[i*frame : (i+1)*frame]
		if lost(i) {
			d.Conceal(to, frame)
			continue
		}
		EncodeULaw(b, pcm[i*frame:(i+1)*frame])
		_, _ = d.Decode(to, b)
	}
	return out
}

func TestConcealmentGoesOnWithASteadySound(t *testing.T) {
	for _, hz := range []float64{100, 150, 190} {
		for _, frame := range []int{80, 160, 240} {
			pcm := sines(Rate8k, 8000, 12000, hz, 2*hz, 3*hz)
			got := lossy(pcm, frame, func(i int) bool { return i == 20 })
			gap := got[20*frame : 20*frame+80] // not yet faded
			if c := correlation(pcm[20*frame:20*frame+80], gap); c < 0.97 {
				t.Errorf("%v Hz, %d lost: correlation %.3f with what was lost, want 0.97", hz, frame, c)
			}
			if most, at := greatestJump(got); most > 1.5*float64(jumpOf(pcm)) {
				t.Errorf("%v Hz, %d lost: a jump of %.0f at sample %d of the gap, the sound has %d", hz, frame, most, at-20*frame, jumpOf(pcm))
			}
			after := 20*frame + frame + 160
			if s := snr(pcm[after:after+1000], got[after:after+1000]); s < 30 {
				t.Errorf("%v Hz, %d lost: %.0f dB after the gap, want the stream as it came", hz, frame, s)
			}
		}
	}
}

func greatestJump(pcm []int16) (most float64, at int) {
	for i := 1; i < len(pcm); i++ {
		if d := math.Abs(float64(pcm[i]) - float64(pcm[i-1])); d > most {
			most, at = d, i
		}
	}
	return most, at
}

func jumpOf(pcm []int16) int {
	most, _ := greatestJump(pcm)
	return int(most)
}

func TestConcealmentOfVoiceBeatsSilenceAndRepetition(t *testing.T) {
	pcm := voice(Rate8k, 4*8000)
	lost := func(i int) bool { return i%10 == 9 }
	var made, same, repeated []int16
	got := lossy(pcm, 160, lost)
	for i := range len(pcm) / 160 {
		if lost(i) {
			made = append(made, got[i*160:(i+1)*160]...)
			same = append(same, pcm[i*160:(i+1)*160]...)
			repeated = append(repeated, pcm[(i-1)*160:i*160]...)
		}
	}
	// Silence is 0 dB.
	if s, r := snr(same, made), snr(same, repeated); s < 1.5 || s < r+3 {
		t.Errorf("what is made is %.1f dB over its error, the last frame again %.1f dB", s, r)
	}
	if ratio := power(made) / power(same); ratio < 0.5 || ratio > 1.3 {
		t.Errorf("what is made has %.2f of the power of what was lost", ratio)
	}
}

// TestConcealmentFades follows the figure: full for 10 ms, then a fifth less
// every 10 ms, silent from 60 ms.
func TestConcealmentFades(t *testing.T) {
	pcm := sines(Rate8k, 4000, 12000, 200)
	d := NewULawDecoder()
	b := make([]byte, len(pcm))
	EncodeULaw(b, pcm)
	out := make([]int16, 960)
	for i := 0; i+800 <= len(b); i += 800 {
		if _, err := d.Decode(out, b[i:i+800]); err != nil {
			t.Fatal(err)
		}
	}
	full := math.Sqrt(power(pcm))
	if n := d.Conceal(out, 640); n != 640 {
		t.Fatalf("Conceal = %d, want 640", n)
	}
	for i, want := range []float64{1, 0.9, 0.7, 0.5, 0.3, 0.1, 0, 0} { // middle of each 10 ms
		if got := math.Sqrt(power(out[i*80:(i+1)*80])) / full; math.Abs(got-want) > 0.05 {
			t.Errorf("%d to %d ms: gain %.2f, want %.2f", i*10, i*10+10, got, want)
		}
	}
	if p := power(out[480:640]); p != 0 {
		t.Errorf("power %.1f after 60 ms, want silence", p)
	}
	d.Conceal(out, 960)
	if p := power(out); p != 0 {
		t.Errorf("power %.1f in the second 120 ms, want silence", p)
	}
}

func TestConcealmentIsTheSameInAnyPieces(t *testing.T) {
	pcm := voice(Rate8k, 1600)
	whole, parts := newConcealer(Rate8k), newConcealer(Rate8k)
	whole.good(append([]int16(nil), pcm...))
	parts.good(append([]int16(nil), pcm...))
	want, got := make([]int16, 720), make([]int16, 720)
	whole.conceal(want)
	for i, n := 0, 31; i < len(got); n = n%97 + 31 {
		n = min(n, len(got)-i)
		parts.conceal(got[i : i+n])
		i += n
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("sample %d is %d in pieces, %d in one", i, got[i], want[i])
		}
	}
}

func TestReturnAfterSilenceFadesIn(t *testing.T) {
	pcm := sines(Rate8k, 8000, 12000, 500)
	got := lossy(pcm, 160, func(i int) bool { return i >= 10 && i < 20 })
	if most, at := greatestJump(got); most > 1.2*float64(jumpOf(pcm)) {
		t.Errorf("a jump of %.0f at sample %d, the sound has %d", most, at, jumpOf(pcm))
	}
	if s := snr(pcm[3280:], got[3280:]); s < 30 {
		t.Errorf("%.0f dB after 10 ms of the first good frame, want the stream as it came", s)
	}
}

func TestConcealmentBeforeAnythingIsSilence(t *testing.T) {
	d := NewALawDecoder()
	out := sines(Rate8k, 960, 8000, 440)
	if n := d.Conceal(out, 160); n != 160 || power(out[:160]) != 0 {
		t.Errorf("Conceal of a new Decoder = %d with power %.0f, want 160 of silence", n, power(out[:160]))
	}
	if n := d.Conceal(out, 5000); n != 960 {
		t.Errorf("Conceal of 5000 = %d, want the 960 of dst", n)
	}
	if n := d.Conceal(out, -5); n != 0 {
		t.Errorf("Conceal of -5 = %d, want 0", n)
	}
}

func TestG711RecoverConceals(t *testing.T) {
	pcm := sines(Rate8k, 1600, 12000, 200)
	a, b := NewULawDecoder(), NewULawDecoder()
	payload := make([]byte, 800)
	EncodeULaw(payload, pcm)
	want, got := make([]int16, 960), make([]int16, 960)
	_, _ = a.Decode(want, payload)
	_, _ = b.Decode(got, payload)
	a.Conceal(want, 160)
	if n, err := b.Recover(got, payload[:160], 160); n != 160 || err != nil {
		t.Errorf("Recover = %d, %v", n, err)
	}
	if snr(want[:160], got[:160]) < 200 {
		t.Error("Recover is not what Conceal makes")
	}
	if _, err := b.Recover(got, nil, 160); err != ErrMalformed {
		t.Errorf("Recover from nothing: %v, want ErrMalformed", err)
	}
}

func TestResetForgetsTheStream(t *testing.T) {
	d := NewULawDecoder()
	b := make([]byte, 160)
	EncodeULaw(b, sines(Rate8k, 160, 8000, 300))
	out := make([]int16, 960)
	_, _ = d.Decode(out, b)
	d.Reset()
	d.Conceal(out, 160)
	if p := power(out[:160]); p != 0 {
		t.Errorf("power %.0f concealed after Reset, want silence", p)
	}
}

func FuzzConcealer(f *testing.F) {
	f.Add([]byte{10, 200, 3, 255, 80, 160})
	f.Fuzz(func(t *testing.T, script []byte) {
		c := newConcealer(Rate8k)
		noise := voice(Rate8k, 960)
		for _, op := range script[:min(len(script), 64)] {
			n := int(op&0x7f)*8 + int(op&3)
			pcm := append([]int16(nil), noise[:min(n, 960)]...)
			if op&0x80 != 0 {
				c.conceal(pcm)
			} else {
				c.good(pcm)
			}
		}
	})
}
