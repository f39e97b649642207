package media

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/record/recordtest"
	"github.com/tandemgw/tandem/media/transport"
)

// recorded is a call that is recorded.
type recorded struct {
	t      *testing.T
	engine *Engine
	a, b   *testLeg
	tape   *Tape
	folder string
	rec    *record.Recorder
	done   chan record.Result
}

func tapedCall(t *testing.T, c record.Config, fa, fb format) *recorded {
	t.Helper()
	r := &recorded{t: t, engine: newTestEngine(t, Config{Workers: 1}), folder: t.TempDir(), done: make(chan record.Result, 1)}
	c.Folder = r.folder
	var err error
	if r.rec, err = record.New(c); err != nil {
		t.Fatal(err)
	}
	r.a = newTestLeg(t, r.engine, Options{Call: "c"}, testStream(fa))
	r.b = newTestLeg(t, r.engine, Options{Call: "c"}, testStream(fb))
	r.b.ts, r.b.seq, r.b.ssrc = 990000, 65530, 0xb0b
	Join(r.a.Endpoint, r.b.Endpoint)
	rec, err := r.rec.Open(record.Options{Name: "c", Rate: 8000, Channels: 2, Events: record.Events{Closed: func(x record.Result) { r.done <- x }}})
	if err != nil {
		t.Fatal(err)
	}
	r.tape = r.engine.NewTape(rec, c.KeepDigits, r.a.Endpoint, r.b.Endpoint)
	return r
}

// end closes all and returns the two channels.
func (r *recorded) end() (left, right []int16) {
	r.t.Helper()
	time.Sleep(time.Second)
	r.tape.Close()
	res := <-r.done
	if res.Err != nil {
		r.t.Error(res.Err)
	}
	if err := r.rec.Close(r.t.Context()); err != nil {
		r.t.Error(err)
	}
	_ = r.engine.Close()
	left, right, _ = recordtest.Stereo(r.t, filepath.Join(r.folder, res.Name))
	if got := time.Duration(len(left)) * time.Second / 8000; got != res.Length {
		r.t.Errorf("%v in the file, told %v", got, res.Length)
	}
	return left, right
}

// burst is 20 ms of PCMU, loud or silent.
func burst(loud bool) []byte {
	pcm, b := make([]int16, 160), make([]byte, 160)
	for i := range pcm {
		if loud {
			pcm[i] = int16(8000 - 16000*(i/4%2)) // 1 kHz
		}
	}
	_, _ = codecs.NewULawEncoder().Encode(b, pcm)
	return b
}

// beginnings returns where a channel gets loud after 50 ms of silence.
func beginnings(pcm []int16) (at []time.Duration) {
	quiet := 400
	for i, v := range pcm {
		if v < 2000 && v > -2000 {
			quiet++
			continue
		}
		if quiet >= 400 {
			at = append(at, time.Duration(i)*time.Second/8000)
		}
		quiet = 0
	}
	return at
}

// speak sends packets of 20 ms for a time. loud says which of them are.
func (l *testLeg) speak(packets int, loud func(i int) bool, drift float64, late func(i int) time.Duration) {
	sound, silence := burst(true), burst(false)
	began := time.Now()
	for i := range packets {
		due := time.Duration(float64(i) * float64(20*time.Millisecond) * (1 + drift))
		time.Sleep(time.Until(began.Add(due)))
		b := silence
		if loud(i) {
			b = sound
		}
		h := header{pt: 0, seq: l.seq, ts: l.ts, ssrc: l.ssrc}
		l.seq++
		l.ts += 160
		send := func() { l.in(h, slices.Clone(b), transport.Now()) }
		if late != nil && late(i) > 0 {
			time.AfterFunc(late(i), send)
		} else {
			send()
		}
	}
}

// Both sides make a sound at the same moments, one of them over a way with
// jitter that reorders, and with a clock that is off.
func TestTapeKeepsTheSidesInStep(t *testing.T) {
	for name, c := range map[string]struct {
		drift  float64
		jitter bool
	}{"as it should be": {}, "a fast clock": {drift: -0.0005}, "a slow clock": {drift: 0.0005}, "jitter": {jitter: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := tapedCall(t, record.Config{}, formatPCMU, formatPCMU)
				const packets = 6000 // two minutes
				loud := func(i int) bool { return i%100 < 5 }
				rnd := rand.New(rand.NewPCG(2, 3))
				var late func(int) time.Duration
				if c.jitter {
					late = func(int) time.Duration { return time.Duration(rnd.IntN(50)) * time.Millisecond }
				}
				done := make(chan struct{})
				go func() {
					r.a.speak(packets, loud, 0, nil)
					done <- struct{}{}
				}()
				began := time.Now()
				go func() { // by the clock on the wall, whatever its own says
					r.b.speak(int(float64(packets)/(1+c.drift)), func(i int) bool {
						wall := time.Duration(float64(i)*(1+c.drift)*20) * time.Millisecond
						return loud(int(wall / (20 * time.Millisecond)))
					}, c.drift, late)
					done <- struct{}{}
				}()
				<-done
				<-done
				length := time.Since(began)
				left, right := r.end()
				a, b := beginnings(left), beginnings(right)
				if len(a) != packets/100 || len(b) != len(a) {
					t.Fatalf("%d and %d beginnings, want %d", len(a), len(b), packets/100)
				}
				worst := time.Duration(0)
				for i := range a {
					worst = max(worst, (a[i] - b[i]).Abs())
				}
				if limit := 20*time.Millisecond + 20*time.Millisecond; worst > limit || worst > 20*time.Millisecond && c.drift == 0 {
					t.Errorf("the sides are up to %v apart", worst)
				}
				if got := time.Duration(len(left)) * time.Second / 8000; got < length+900*time.Millisecond || got > length+1100*time.Millisecond {
					t.Errorf("%v were recorded of %v and one second", got, length)
				}
				if sound := time.Duration(count(left)) * time.Second / 8000; sound != packets/20*20*time.Millisecond {
					t.Errorf("%v are loud, want %v: nothing twice, nothing lost", sound, packets/20*20*time.Millisecond)
				}
			})
		})
	}
}

// count says how many samples are loud.
func count(pcm []int16) (n int) {
	for _, v := range pcm {
		if v > 2000 || v < -2000 {
			n++
		}
	}
	return n
}

func TestTapeOfATranscodedCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := tapedCall(t, record.Config{}, formatOpus, formatPCMU)
		enc, err := codecs.NewOpusEncoder(codecs.OpusConfig{Rate: codecs.Rate8k})
		if err != nil {
			t.Fatal(err)
		}
		pcm, b := make([]int16, 160), make([]byte, codecs.MaxPayload)
		lost := 0
		for i := range 250 {
			loud := i%50 >= 10 && i%50 < 15
			for j := range pcm {
				pcm[j] = 0
				if loud {
					pcm[j] = int16(8000 - 16000*(j/8%2)) // 500 Hz
				}
			}
			n, err := enc.Encode(b, pcm)
			if err != nil {
				t.Fatal(err)
			}
			if i%50 == 12 { // in the middle of it
				r.a.seq++
				r.a.ts += 960
				lost++
			} else {
				r.a.talk(testOpus, slices.Clone(b[:n]), 960, transport.Now())
			}
			r.b.talk(0, burst(loud), 160, transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
		left, right := r.end()
		a, c := beginnings(left), beginnings(right)
		if len(a) != 5 || len(c) != 5 || lost != 5 {
			t.Fatalf("beginnings %v and %v", a, c)
		}
		for i := range a {
			if (a[i] - c[i]).Abs() > 20*time.Millisecond {
				t.Errorf("%v and %v", a[i], c[i])
			}
		}
	})
}

func TestTapePauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := tapedCall(t, record.Config{}, formatPCMU, formatPCMU)
		all := func(int) bool { return true }
		r.a.speak(100, all, 0, nil)
		r.tape.Pause(true)
		r.a.speak(100, all, 0, nil)
		if !r.tape.Paused() {
			t.Error("not paused")
		}
		r.tape.Pause(false)
		r.a.speak(100, all, 0, nil)
		left, _ := r.end()
		loud := func(from, to time.Duration) time.Duration {
			return time.Duration(count(left[samplesIn(from, 8000):samplesIn(to, 8000)])) * time.Second / 8000
		}
		if got := loud(0, 1900*time.Millisecond); got < 1850*time.Millisecond {
			t.Errorf("%v before the pause", got)
		}
		if got := loud(2080*time.Millisecond, 3980*time.Millisecond); got > 0 {
			t.Errorf("%v of the pause are heard", got)
		}
		if got := loud(4060*time.Millisecond, 5960*time.Millisecond); got < 1750*time.Millisecond { // a sample between loud ones is soft where a packet was stretched
			t.Errorf("%v after the pause", got)
		}
	})
}

func TestTapeHasNoDigits(t *testing.T) {
	const digits = "0123456789*#ABCD"
	for name, keep := range map[string]bool{"silenced": false, "kept": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := tapedCall(t, record.Config{KeepDigits: keep}, formatPCMU, formatPCMU)
				r.a.speak(20, func(i int) bool { return i == 5 }, 0, nil)
				r.a.dialTones(t, formatPCMU, digits, 100*time.Millisecond, 100*time.Millisecond, nil)
				(&lossy{leg: r.b, rnd: rand.New(nothingLost{})}).dial(formatPCMU, digits, 100*time.Millisecond, 100*time.Millisecond, burst(false))
				left, right := r.end()
				want := ""
				if keep {
					want = digits
				}
				for side, pcm := range map[string][]int16{"tones": left, "events": right} {
					got := ""
					d, _ := codecs.NewDTMFDetector(voiceRate)
					for len(pcm) > 0 {
						n := min(160, len(pcm))
						for _, c := range d.Feed(pcm[:n]) {
							if digit, _ := digitOf(c.Event); c.End {
								got += digit.String()
							}
						}
						pcm = pcm[n:]
					}
					if got != want {
						t.Errorf("%s: %q can be heard, want %q", side, got, want)
					}
				}
				if !keep && count(left) > 160+80 {
					t.Errorf("%v of the tones are left", time.Duration(count(left)-160)*time.Second/8000)
				}
			})
		})
	}
}

// A recording that fails ends, and the call goes on.
func TestFullDiskDoesNotEndTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &recordtest.File{Room: 40000}
		r := tapedCall(t, record.Config{Create: func(string) (record.File, error) { return f, nil }}, formatPCMU, formatPCMU)
		r.a.speak(300, func(int) bool { return true }, 0, nil)
		synctest.Wait()
		if !r.tape.Over() || r.a.tap.Load() != nil {
			t.Error("still recording")
		}
		if res := <-r.done; res.Err == nil {
			t.Errorf("%+v", res)
		}
		if n := len(r.b.wire.packets()); n != 300 {
			t.Errorf("%d packets were sent on, want 300", n)
		}
		r.tape.Close()
		_ = r.rec.Close(t.Context())
		_ = r.engine.Close()
	})
}

// Who takes the place of a party is on its channel from then on.
func TestTapeFollowsTheParties(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := tapedCall(t, record.Config{}, formatPCMU, formatPCMA)
		c := newTestLeg(t, r.engine, Options{Call: "c"}, testStream(formatPCMU))
		all := func(int) bool { return true }
		r.a.speak(50, all, 0, nil)
		r.tape.Hear(r.a.Endpoint, nil)
		r.tape.Hear(c.Endpoint, r.a.Endpoint)
		r.b.speak(50, all, 0, nil) // is not heard any more
		c.speak(50, all, 0, nil)
		r.a.speak(50, all, 0, nil)
		left, right := r.end()
		at := func(pcm []int16, s int) bool { return count(pcm[s*8000+1000:s*8000+7000]) > 5000 }
		got := [2][4]bool{{at(left, 0), at(left, 1), at(left, 2), at(left, 3)}, {at(right, 0), at(right, 1), at(right, 2), at(right, 3)}}
		if want := [2][4]bool{{true, false, true, false}, {false, false, false, true}}; got != want {
			t.Errorf("heard %v, want %v", got, want)
		}
		if r.b.tap.Load() != nil {
			t.Error("who has gone is still heard")
		}
	})
}

func TestTapAllocatesNothingOnTheReader(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a := newTestLeg(t, e, Options{}, testStream(formatPCMU))
	b := newTestLeg(t, e, Options{}, testStream(formatPCMU))
	b.Endpoint.wire = &discardWire{}
	a.SetDigits(Digits{Listen: true})
	Join(a.Endpoint, b.Endpoint)
	buf := make([]byte, headerSize+160, headerSize+160+transport.Tail)
	h := header{pt: 0, ssrc: 7}
	n := testing.AllocsPerRun(500, func() {
		h.put(buf)
		a.RTP(buf, transport.Now(), nil)
		h.seq++
		h.ts += 160
	})
	if n >= 1 { // the worker makes its decoder meanwhile
		t.Errorf("%v allocations a packet, want 0", n)
	}
}
