package codecs

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
)

// engine makes the codecs of one Opus engine.
type engine struct {
	newDecoder func(Rate) (opusDecoderEngine, error)
	newEncoder func(Rate) (opusEncoderEngine, error)
	// exact says that an encoder after Reset is bit for bit a new one.
	exact bool
	// allocsFEC is how often Encode may allocate while it adds FEC, allocsLoss
	// how often Recover, Conceal and Decode may together.
	allocsFEC, allocsLoss float64
}

func (e engine) decoder(t testing.TB, r Rate) *opusDecoder {
	t.Helper()
	d, err := newOpusDecoder(r, e.newDecoder)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (e engine) encoder(t testing.TB, c OpusConfig) *opusEncoder {
	t.Helper()
	enc, err := newOpusEncoder(c, e.newEncoder)
	if err != nil {
		t.Fatal(err)
	}
	return enc
}

// eachEngine runs a test for every engine there is.
func eachEngine(t *testing.T, test func(*testing.T, engine)) {
	for name, e := range engines() {
		t.Run(name, func(t *testing.T) { test(t, e) })
	}
}

// packets encodes pcm in frames of n samples.
func packets(t testing.TB, e Encoder, pcm []int16, n int) [][]byte {
	t.Helper()
	var out [][]byte
	for ; len(pcm) >= n; pcm = pcm[n:] {
		b := make([]byte, MaxPayload)
		size, err := e.Encode(b, pcm[:n])
		if err != nil {
			t.Fatalf("Encode of %d samples at %d: %v", n, e.Rate(), err)
		}
		out = append(out, b[:size])
	}
	return out
}

// listen decodes packets one after the other.
func listen(t testing.TB, d Decoder, packets [][]byte) []int16 {
	t.Helper()
	dst := make([]int16, d.Rate().MaxFrame())
	var out []int16
	for _, p := range packets {
		n, err := d.Decode(dst, p)
		if err != nil || n != d.Duration(p) {
			t.Fatalf("Decode of %d bytes at %d = %d, %v, want %d samples", len(p), d.Rate(), n, err, d.Duration(p))
		}
		out = append(out, dst[:n]...)
	}
	return out
}

var allRates = [...]Rate{Rate8k, Rate16k, Rate48k}

func TestOpusCarriesVoiceAtEveryRateAndFrame(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			pcm := voice(r, int(r)*6/10)
			for _, ms := range []int{10, 20, 40, 60} {
				sent := packets(t, e.encoder(t, OpusConfig{Rate: r}), pcm, int(r)*ms/1000)
				got := listen(t, e.decoder(t, r), sent)
				delay, c := bestDelay(pcm, got, int(r)/40)
				if c < 0.93 {
					t.Errorf("%d, %d ms: correlation %.3f at a delay of %d samples, want 0.93", r, ms, c, delay)
				}
				size := 0
				for _, p := range sent {
					size += len(p)
				}
				want := OpusConfig{Rate: r}.withDefaults().Bitrate
				if rate := size * 8 * 10 / 6; rate < want/3 || rate > want*3/2 {
					t.Errorf("%d, %d ms: %d bit/s, want about %d", r, ms, rate, want)
				}
			}
		}
	})
}

func TestOpusCarriesSines(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			hz := []float64{300, 850, 1900}
			pcm := sines(r, int(r), 12000, hz...)
			got := listen(t, e.decoder(t, r), packets(t, e.encoder(t, OpusConfig{Rate: r}), pcm, r.Frame()))
			for _, f := range hz {
				sent, heard := goertzel(pcm[len(pcm)/2:], f, r), goertzel(got[len(got)/2:], f, r)
				if db := 20 * math.Log10(heard/sent); math.Abs(db) > 2 {
					t.Errorf("%d: %v Hz is %.1f dB off", r, f, db)
				}
			}
		}
	})
}

// TestOpusMeetsOtherRates has a browser at 48 kHz and a gateway at 8 or 16.
func TestOpusMeetsOtherRates(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		sent := packets(t, e.encoder(t, OpusConfig{Rate: Rate48k}), sines(Rate48k, 48000, 12000, 440, 1000), 960)
		for _, r := range []Rate{Rate8k, Rate16k} {
			want := sines(r, int(r), 12000, 440, 1000)
			got := listen(t, e.decoder(t, r), sent)
			if _, c := bestDelay(want[len(want)/2:], got[len(got)/2:], int(r)/40); len(got) != int(r) || c < 0.93 {
				t.Errorf("48000 to %d: %d samples, correlation %.3f", r, len(got), c)
			}
			back := listen(t, e.decoder(t, Rate48k), packets(t, e.encoder(t, OpusConfig{Rate: r}), want, r.Frame()))
			whole := sines(Rate48k, 48000, 12000, 440, 1000)
			if _, c := bestDelay(whole[24000:], back[24000:], 1200); len(back) != 48000 || c < 0.93 {
				t.Errorf("%d to 48000: %d samples, correlation %.3f", r, len(back), c)
			}
		}
	})
}

// fecPackets are those of an encoder that expects loss.
func fecPackets(t testing.TB, e engine, r Rate, pcm []int16, c OpusConfig) [][]byte {
	t.Helper()
	c.Rate = r
	enc := e.encoder(t, c)
	enc.SetLoss(20)
	return packets(t, enc, pcm, r.Frame())
}

func TestFECRecoversBetterThanConcealment(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			sent := fecPackets(t, e, r, voice(r, 2*int(r)), OpusConfig{})
			n := r.Frame()
			whole := listen(t, e.decoder(t, r), sent)
			fec, plc := e.decoder(t, r), e.decoder(t, r)
			dst := make([]int16, r.MaxFrame())
			var want, recovered, concealed []int16
			for i, p := range sent {
				if i%8 == 6 && i+1 < len(sent) {
					if got, err := fec.Recover(dst, sent[i+1], n); got != n || err != nil {
						t.Fatalf("Recover = %d, %v, want %d", got, err, n)
					}
					recovered = append(recovered, dst[:n]...)
					plc.Conceal(dst, n)
					concealed = append(concealed, dst[:n]...)
					want = append(want, whole[i*n:(i+1)*n]...)
					continue
				}
				for _, d := range []*opusDecoder{fec, plc} {
					if _, err := d.Decode(dst, p); err != nil {
						t.Fatal(err)
					}
				}
			}
			f, p := snr(want, recovered), snr(want, concealed)
			t.Logf("%d: FEC %.1f dB, concealment %.1f dB", r, f, p)
			if f < p+2 {
				t.Errorf("%d: FEC %.1f dB, concealment %.1f dB, want 2 dB between them", r, f, p)
			}
		}
	})
}

func TestLossDecidesWhetherFECIsSent(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		pcm := voice(Rate8k, 8000)
		plain := packets(t, e.encoder(t, OpusConfig{Rate: Rate8k}), pcm, 160)
		lossy := fecPackets(t, e, Rate8k, pcm, OpusConfig{})
		off := fecPackets(t, e, Rate8k, pcm, OpusConfig{NoFEC: true})
		if countFEC(plain) != 0 || countFEC(off) != 0 {
			t.Errorf("FEC in %d packets without loss and %d with NoFEC, want none", countFEC(plain), countFEC(off))
		}
		if n := countFEC(lossy); n < len(lossy)/2 {
			t.Errorf("FEC in %d of %d packets at 20 %% loss", n, len(lossy))
		}
	})
}

// countFEC counts the SILK packets of one mono frame of 20 ms that say that they
// have FEC: the bit after that of voice activity (RFC 6716 §4.2.3).
func countFEC(packets [][]byte) int {
	n := 0
	for _, p := range packets {
		if p[0]>>3 < 16 && p[0]&7 == 0 && len(p) > 1 && p[1]&0x40 != 0 {
			n++
		}
	}
	return n
}

func TestOpusConcealmentGoesOnAndFades(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			d := e.decoder(t, r)
			heard := listen(t, d, packets(t, e.encoder(t, OpusConfig{Rate: r}), voice(r, int(r)*5/8), r.Frame()))
			full := power(heard[len(heard)*3/4:])
			dst := make([]int16, r.MaxFrame())
			var at []float64
			for range 50 { // a second
				if n := d.Conceal(dst, r.Frame()); n != r.Frame() {
					t.Fatalf("Conceal = %d", n)
				}
				at = append(at, power(dst[:r.Frame()])/full)
			}
			if at[0] < 0.5 {
				t.Errorf("%d: the first 20 ms have %.2f of the power", r, at[0])
			}
			if at[7] > 0.2*at[0] || at[13] > 0.02*at[0] {
				t.Errorf("%d: %.2f of the power at first, %.3f after 150 ms, %.3f after 270 ms, want it to fade", r, at[0], at[7], at[13])
			}
			for i, p := range at[15:] {
				if p != 0 {
					t.Errorf("%d: %.3f of the power after %d ms, want silence", r, p, 300+20*i)
				}
			}
			again := voice(r, int(r)/2)
			back := listen(t, d, packets(t, e.encoder(t, OpusConfig{Rate: r}), again, r.Frame()))
			if _, c := bestDelay(again, back, int(r)/40); c < 0.9 {
				t.Errorf("%d: correlation %.2f once packets come again", r, c)
			}
		}
	})
}

func TestConcealKeepsToItsBounds(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			d := e.decoder(t, r)
			dst := make([]int16, r.MaxFrame()+7)
			unit := int(r) / 400
			for n, want := range map[int]int{
				-1: 0, 0: 0, unit - 1: 0, unit: unit, unit + 1: unit, 3 * unit: 3 * unit,
				r.MaxFrame(): r.MaxFrame(), r.MaxFrame() + 5: r.MaxFrame(), math.MaxInt: r.MaxFrame(),
			} {
				if got := d.Conceal(dst, n); got != want {
					t.Errorf("%d: Conceal(%d) of a new Decoder = %d, want %d", r, n, got, want)
				}
			}
			listen(t, d, packets(t, e.encoder(t, OpusConfig{Rate: r}), voice(r, int(r)/5), r.Frame()))
			for _, n := range []int{unit, 3 * unit, r.MaxFrame()} {
				if got := d.Conceal(dst, n); got != n {
					t.Errorf("%d: Conceal(%d) = %d", r, n, got)
				}
			}
			if got := d.Conceal(nil, unit); got != 0 {
				t.Errorf("%d: Conceal into nothing = %d", r, got)
			}
		}
	})
}

func TestOpusDecoderTakesStereoAsMono(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			got := listen(t, e.decoder(t, r), stereoPackets(t))
			if len(got) != int(r)/2 {
				t.Fatalf("%d: %d samples, want half a second", r, len(got))
			}
			for _, hz := range []float64{440, 1000} { // left and right
				if level := goertzel(got[len(got)/2:], hz, r); level < 2000 {
					t.Errorf("%d: %v Hz has a peak of %.0f, want half of 12000", r, hz, level)
				}
			}
		}
	})
}

func TestOpusDecoderTakesPacketsOf2500usTo120ms(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			short := celtPackets(t, r)
			if got := listen(t, e.decoder(t, r), short); len(got) != len(short)*int(r)/400 {
				t.Errorf("%d: %d samples in %d packets of 2.5 ms", r, len(got), len(short))
			}
			// 120 ms are six frames of 20 ms in a packet of code 3.
			six := packets(t, e.encoder(t, OpusConfig{Rate: r}), voice(r, int(r)*12/100), r.Frame())
			long := merge(six)
			want := listen(t, e.decoder(t, r), six)
			got := listen(t, e.decoder(t, r), [][]byte{long})
			if len(got) != r.MaxFrame() || snr(want, got) < 60 {
				t.Errorf("%d: %d samples of 120 ms, %.0f dB like the six frames", r, len(got), snr(want, got))
			}
		}
	})
}

// merge makes one packet of several of code 0 with one TOC (RFC 6716 §3.2.5).
func merge(packets [][]byte) []byte {
	out := []byte{packets[0][0] | 3, 0x80 | byte(len(packets))}
	for _, p := range packets[:len(packets)-1] {
		if n := len(p) - 1; n < 252 {
			out = append(out, byte(n))
		} else {
			out = append(out, byte(252+n%4), byte((n-252)/4))
		}
	}
	for _, p := range packets {
		out = append(out, p[1:]...)
	}
	return out
}

func TestDecoderAfterResetIsAsNew(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			sent := fecPackets(t, e, r, voice(r, int(r)/2), OpusConfig{})
			d := e.decoder(t, r)
			want := listen(t, d, sent)
			dst := make([]int16, r.MaxFrame())
			d.Conceal(dst, r.MaxFrame())
			if _, err := d.Recover(dst, sent[0], r.Frame()); err != nil {
				t.Fatal(err)
			}
			d.Reset()
			if s := snr(want, listen(t, d, sent)); s < 200 {
				t.Errorf("%d: %.0f dB like a new one", r, s)
			}
			d.Reset()
			if d.Conceal(dst, r.Frame()); power(dst[:r.Frame()]) != 0 {
				t.Errorf("%d: the stream before Reset is heard after it", r)
			}
		}
	})
}

func TestEncoderAfterResetIsAsNew(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			pcm := voice(r, int(r)/2)
			enc := e.encoder(t, OpusConfig{Rate: r})
			first := packets(t, enc, pcm, r.Frame())
			enc.SetLoss(30)
			packets(t, enc, pcm[len(pcm)/3:], r.Frame())
			enc.Reset()
			again := packets(t, enc, pcm, r.Frame())
			if countFEC(again) != 0 {
				t.Errorf("%d: the loss expected before Reset is after it", r)
			}
			if e.exact && !slices.EqualFunc(first, again, bytes.Equal) {
				t.Errorf("%d: other packets than of a new one", r)
			}
			_, c := bestDelay(pcm, listen(t, e.decoder(t, r), first), int(r)/40)
			if _, a := bestDelay(pcm, listen(t, e.decoder(t, r), again), int(r)/40); a < c-0.01 {
				t.Errorf("%d: correlation %.3f after Reset, %.3f before", r, a, c)
			}
			enc.Reset()
			silence := listen(t, e.decoder(t, r), packets(t, enc, make([]int16, int(r)/2), r.Frame()))
			if p := math.Sqrt(power(silence)); p > 4 {
				t.Errorf("%d: %.1f of 32767 is heard in silence after Reset", r, p)
			}
		}
	})
}

func TestDTXSaysNothingInSilence(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, dtx := range []bool{false, true} {
			enc := e.encoder(t, OpusConfig{Rate: Rate16k, DTX: dtx})
			b, silence, unsaid := make([]byte, MaxPayload), make([]int16, 320), 0
			for range 100 {
				n, err := enc.Encode(b, silence)
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 {
					unsaid++
				}
			}
			if dtx && unsaid < 50 || !dtx && unsaid > 0 {
				t.Errorf("DTX %v: nothing said in %d of 100 frames of silence", dtx, unsaid)
			}
		}
	})
}

func TestOpusRefusesWhatItDoesNotHave(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		enc, d := e.encoder(t, OpusConfig{Rate: Rate8k}), e.decoder(t, Rate8k)
		b, pcm := make([]byte, MaxPayload), make([]int16, 2000)
		for _, n := range []int{0, 1, 20, 40, 79, 81, 120, 161, 240, 319, 481, 640, 960, 2000} {
			if _, err := enc.Encode(b, pcm[:n]); !errors.Is(err, ErrFrame) {
				t.Errorf("Encode of %d samples: %v, want ErrFrame", n, err)
			}
		}
		if _, err := enc.Encode(nil, pcm[:160]); !errors.Is(err, ErrBuffer) {
			t.Errorf("Encode into nothing: %v, want ErrBuffer", err)
		}
		if _, err := d.Decode(pcm, nil); !errors.Is(err, ErrMalformed) {
			t.Errorf("Decode of nothing: %v, want ErrMalformed", err)
		}
		if _, err := d.Decode(pcm[:159], []byte{8, 1, 2, 3}); !errors.Is(err, ErrBuffer) {
			t.Errorf("Decode into too little: %v, want ErrBuffer", err)
		}
		if _, err := d.Recover(pcm, []byte{11, 0}, 160); !errors.Is(err, ErrMalformed) {
			t.Errorf("Recover from a malformed packet: %v, want ErrMalformed", err)
		}
		if _, err := d.Recover(pcm, []byte{8, 1, 2, 3}, 0); !errors.Is(err, ErrBuffer) {
			t.Errorf("Recover of nothing: %v, want ErrBuffer", err)
		}
	})
	for _, c := range []OpusConfig{
		{},
		{Rate: 44100},
		{Rate: Rate8k, Bitrate: 5999},
		{Rate: Rate8k, Bitrate: 200000},
		{Rate: Rate8k, Complexity: 11},
	} {
		if e, err := NewOpusEncoder(c); err == nil || e != nil {
			t.Errorf("NewOpusEncoder(%+v) = %v, %v, want nil and an error", c, e, err)
		}
	}
	if d, err := NewOpusDecoder(11025); err == nil || d != nil {
		t.Errorf("NewOpusDecoder(11025) = %v, %v, want nil and an error", d, err)
	}
}

func TestOpusInUseElsewhereIsBusy(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		enc, d := e.encoder(t, OpusConfig{Rate: Rate8k}), e.decoder(t, Rate8k)
		enc.enter() // as another goroutine would
		d.enter()
		b, pcm := make([]byte, MaxPayload), make([]int16, 960)
		if _, err := enc.Encode(b, pcm[:160]); !errors.Is(err, ErrBusy) {
			t.Errorf("Encode: %v, want ErrBusy", err)
		}
		if _, err := d.Decode(pcm, []byte{8, 1, 2, 3}); !errors.Is(err, ErrBusy) {
			t.Errorf("Decode: %v, want ErrBusy", err)
		}
		if _, err := d.Recover(pcm, []byte{8, 1, 2, 3}, 160); !errors.Is(err, ErrBusy) {
			t.Errorf("Recover: %v, want ErrBusy", err)
		}
		if n := d.Conceal(pcm, 160); n != 0 {
			t.Errorf("Conceal = %d, want 0", n)
		}
		enc.SetLoss(5)
		enc.Reset()
		d.Reset()
		enc.leave()
		if _, err := enc.Encode(b, pcm[:160]); err != nil {
			t.Errorf("Encode afterwards: %v", err)
		}
	})
}

// TestOneEncoderFromManyGoroutines would abort the process with libopus, were it
// not guarded.
func TestOneEncoderFromManyGoroutines(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		enc := e.encoder(t, OpusConfig{Rate: Rate8k})
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				b, pcm := make([]byte, MaxPayload), voice(Rate8k, 8000)
				for i := 0; i < len(pcm); i += 160 {
					if _, err := enc.Encode(b, pcm[i:i+160]); err != nil && !errors.Is(err, ErrBusy) {
						t.Error(err)
					}
					enc.SetLoss(i % 20)
				}
			})
		}
		all.Wait()
	})
}

// TestEnginesUnderstandEachOther decodes the packets of each engine with all.
func TestEnginesUnderstandEachOther(t *testing.T) {
	for from, encoding := range engines() {
		for _, r := range allRates {
			pcm := voice(r, int(r))
			sent := fecPackets(t, encoding, r, pcm, OpusConfig{})
			want := listen(t, encoding.decoder(t, r), sent)
			for to, decoding := range engines() {
				t.Run(fmt.Sprint(from, " to ", to, " at ", r), func(t *testing.T) {
					if s := snr(want, listen(t, decoding.decoder(t, r), sent)); s < 60 {
						t.Errorf("%.0f dB alike, want 60", s)
					}
				})
			}
		}
	}
}
