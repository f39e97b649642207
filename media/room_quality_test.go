package media

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// roughness returns the greatest step in pcm that a sine of hz does not explain,
// and by how much the sine's amplitude changes from one 20 ms to the next, in dB.
func roughness(pcm []int16, hz float64, rate int) (step, change float64) {
	_, step = clicks(pcm, hz, rate, math.Inf(1))
	n := rate / 50
	before := 0.0
	for ; len(pcm) >= n; pcm = pcm[n:] {
		p := 20 * math.Log10(power(pcm[:n], hz, rate)+1)
		if before != 0 {
			change = max(change, math.Abs(p-before))
		}
		before = p
	}
	return step, change
}

// TestGoingBetweenStreamsIsNotHeard listens to a steady tone with the ears of a
// member that hears the shared stream while it is silent and its own while it
// speaks, and compares with one that is silent all the time.
func TestGoingBetweenStreamsIsNotHeard(t *testing.T) {
	for _, f := range []format{formatPCMU, formatOpus} {
		synctest.Test(t, func(t *testing.T) {
			r := newTestRoom(t, RoomConfig{Rate: codecs.Rate16k})
			a := newGuest(t, r, formatPCMU, 400)
			a.level = 3000
			changing, steady := newGuest(t, r, f, 400), newGuest(t, r, f, 0)
			all := []*guest{a, changing, steady}
			changing.quiet = true
			talkFor(all, time.Second)
			switched := 0
			for i := range 6 {
				changing.quiet = i%2 == 1
				was := changing.m.alone
				talkFor(all, 600*time.Millisecond)
				if changing.m.alone != was {
					switched++
				}
			}
			synctest.Wait()
			if switched < 5 {
				t.Fatalf("it went from one stream to the other %d times only", switched)
			}
			pcm, rate := steady.heard(t, 50)
			step, change := roughness(pcm, 400, rate)
			pcm, _ = changing.heard(t, 50)
			if s, c := roughness(pcm, 400, rate); s > 2*step+200 || c > change+1.5 {
				t.Errorf("%v: steps of %.0f and %.1f dB, %.0f and %.1f dB for who is silent", f, s, c, step, change)
			}
			_ = r.engine.Close()
		})
	}
}

// Who leaves while he speaks does not click, nor who is muted, at either end of it.
func TestWhoLeavesInMidWordDoesNotClick(t *testing.T) {
	for _, rate := range []codecs.Rate{codecs.Rate8k, codecs.Rate16k, codecs.Rate48k} {
		synctest.Test(t, func(t *testing.T) {
			r := newTestRoom(t, RoomConfig{Rate: rate})
			b := newGuest(t, r, formatPCMU, 0)
			for range 5 {
				a := newGuest(t, r, formatPCMU, 310)
				talkFor([]*guest{a, b}, 500*time.Millisecond)
				a.m.Mute(true)
				talkFor([]*guest{a, b}, 200*time.Millisecond)
				a.m.Mute(false)
				talkFor([]*guest{a, b}, 507*time.Millisecond)
				a.m.Leave()
				talkFor([]*guest{b}, 300*time.Millisecond)
			}
			synctest.Wait()
			pcm, at := b.heard(t, 5)
			steepest := 5000 * 2 * math.Sin(math.Pi*310/float64(at))
			for i := 1; i < len(pcm); i++ {
				if step := math.Abs(float64(pcm[i]) - float64(pcm[i-1])); step > 1.5*steepest {
					t.Fatalf("%d: a step of %.0f after %v, the voice has %.0f", rate, step, codecs.Rate(at).Duration(i), steepest)
				}
			}
			_ = r.engine.Close()
		})
	}
}

func TestRateOfARoomChangesWithoutNoise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTestRoom(t, RoomConfig{})
		a := newGuest(t, r, formatPCMU, 400)
		b := newGuest(t, r, formatPCMU, 0)
		all := []*guest{a, b, newGuest(t, r, formatOpus, 0)}
		talkFor(all, time.Second)
		all = append(all, newGuest(t, r, formatOpus, 0))
		talkFor(all, 4*time.Second)
		if r.Rate() != codecs.Rate16k {
			t.Fatalf("the rate is %d", r.Rate())
		}
		pcm, rate := b.heard(t, 50)
		if n, worst := clicks(pcm, 400, rate, 4000); n > 0 {
			t.Errorf("%d clicks, up to %.0f", n, worst)
		}
		_ = r.engine.Close()
	})
}

// crowd is a room of n, of whom some speak, without a clock of its own.
func crowd(t testing.TB, n, speak int, f format) (x *roomMixer, step func()) {
	t.Helper()
	e := newTestEngine(t, Config{Workers: 1})
	r, err := NewRoom(e, RoomConfig{Max: n, Rate: min(f.rate(), codecs.Rate16k)})
	if err != nil {
		t.Fatal(err)
	}
	r.job.worker = newWorker(e.log) // which does not run: the test does its work
	var all []*guest
	for i := range n {
		g := newGuest(t, r, f, 300+20*float64(i))
		g.quiet = i >= speak
		g.Endpoint.wire = silentWire{g.wire}
		all = append(all, g)
	}
	now := transport.Now()
	coming := make([][][]byte, n) // 100 packets of each, over and over
	for i, g := range all {
		for range 100 {
			pcm := make([]int16, int(g.enc.Rate())/50)
			for k := range pcm {
				if !g.quiet {
					pcm[k] = int16(g.level * math.Sin(2*math.Pi*g.hz*float64(g.at)/float64(g.enc.Rate())))
				}
				g.at++
			}
			b := make([]byte, headerSize+codecs.MaxPayload+transport.Tail)
			size, _ := g.enc.Encode(b[headerSize:headerSize+codecs.MaxPayload], pcm)
			coming[i] = append(coming[i], b[:headerSize+size])
		}
	}
	r.settle()
	turn := 0
	return &r.mixer, func() {
		for i, g := range all {
			b := coming[i][turn%100]
			header{pt: testCodec(f).PayloadType, seq: g.seq, ts: g.ts, ssrc: g.ssrc}.put(b)
			g.RTP(b, now, nil)
			g.seq++
			g.ts += f.clock() / 50
		}
		turn++
		r.mixer.tick(now)
		now += tickLength
	}
}

// silentWire keeps nothing.
type silentWire struct{ *fakeWire }

func (silentWire) WriteRTP([]byte, *transport.Batch) error { return nil }

func TestTickAllocatesNothing(t *testing.T) {
	for _, f := range []format{formatPCMU, formatOpus} {
		x, step := crowd(t, 5, 3, f)
		for range 100 {
			step()
		}
		if len(x.members) != 5 || x.open < 3 {
			t.Fatalf("%d members, %d speak", len(x.members), x.open)
		}
		if n := testing.AllocsPerRun(50, step); n > 0 {
			t.Errorf("%v: %v allocations a tick", f, n)
		}
	}
}

func BenchmarkRoom(b *testing.B) {
	for _, c := range []struct {
		name     string
		n, speak int
		f        format
	}{
		{"50 Opus, 1 speaks", 50, 1, formatOpus},
		{"50 Opus, 3 speak", 50, 3, formatOpus},
		{"50 PCMU, 3 speak", 50, 3, formatPCMU},
		{"3 Opus, 1 speaks", 3, 1, formatOpus},
		{"3 PCMU, 1 speaks", 3, 1, formatPCMU},
		{"3 PCMU, all speak", 3, 3, formatPCMU},
	} {
		b.Run(c.name, func(b *testing.B) {
			_, step := crowd(b, c.n, c.speak, c.f)
			for range 100 {
				step()
			}
			b.ReportAllocs()
			b.ResetTimer()
			before := cpuTime()
			for range b.N {
				step()
			}
			used := cpuTime() - before // and not the time on the wall: the machine may be busy
			b.ReportMetric(float64(used)/1000/float64(b.N), "cpu-us/tick")
		})
	}
}
