package media

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// A member of a room may send packets of any length, over a way that holds them up by up to
// 40 ms: the others hear it whole.
func TestARoomHearsPacketsOfEveryLength(t *testing.T) {
	if raceEnabled {
		t.Skip("long sound on one goroutine: without the race detector, in make plain")
	}
	kinds := map[string]func(t *testing.T) [][]byte{
		"2.5 ms": func(t *testing.T) [][]byte {
			return append(shortOpus(t, "opus-2.5ms.bin"), shortOpus(t, "opus-2.5ms.bin")...)
		},
		"5 ms": func(t *testing.T) [][]byte {
			return append(shortOpus(t, "opus-5ms.bin"), shortOpus(t, "opus-5ms.bin")...)
		},
	}
	for _, f := range []framing{{frame: 10, count: 1}, {frame: 10, count: 3}, {frame: 20, count: 2}, {frame: 20, count: 3, padded: true}, {frame: 20, count: 6}} {
		kinds[f.String()] = func(t *testing.T) [][]byte { return f.opusOf(t, 2400) }
	}
	for name, packets := range kinds {
		for _, jitter := range []time.Duration{0, 40 * time.Millisecond} {
			t.Run(name+", "+jitter.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := newTestRoom(t, RoomConfig{})
					a, b := newTestLeg(t, r.engine, Options{}, testStream(formatOpus)), newTestLeg(t, r.engine, Options{}, testStream(formatPCMU))
					for _, l := range []*testLeg{a, b} {
						if _, err := r.Join(l.Endpoint); err != nil {
							t.Fatal(err)
						}
					}
					rng := rand.New(rand.NewPCG(3, 9))
					for _, p := range packets(t) {
						length := codecs.OpusDuration(p)
						h := header{pt: testOpus, seq: a.seq, ts: a.ts, ssrc: a.ssrc}
						a.seq, a.ts = a.seq+1, a.ts+uint32(length*48/time.Millisecond)
						if jitter == 0 {
							a.in(h, p, transport.Now())
						} else {
							time.AfterFunc(time.Duration(rng.Int64N(int64(jitter))), func() { a.in(h, p, transport.Now()) })
						}
						time.Sleep(length)
					}
					synctest.Wait()
					pcm := decodeAll(t, codecs.NewULawDecoder(), payloads(b.wire.packets()))
					loud := 0
					for at := 4800; at+160 <= min(len(pcm), 2100*8); at += 160 {
						if p := power(pcm[at:at+160], 1000, 8000); math.Abs(p-sineAmplitude) < 0.25*sineAmplitude {
							loud++
						}
					}
					least := 94
					if jitter > 0 && (name == "2.5 ms" || name == "5 ms") { // of which half a dozen may come too late at the beginning
						least = 80
					}
					if frames := (2100*8 - 4800) / 160; loud < frames*least/100 {
						t.Errorf("%d of %d frames sound as they should: %+v", loud, frames, a.Stats().Received)
					}
					_ = r.engine.Close()
				})
			})
		}
	}
}

// What is played in a tick is taken at its begin, so that the last of eight packets must have
// come 17.5 ms before its time: with as much jitter as the longer ones bear few come too late.
func TestShortPacketsAreThereForTheirTick(t *testing.T) {
	for _, packet := range []time.Duration{2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond} {
		for _, way := range []string{"overtaking", "in order"} {
			missed, packets := uint64(0), 0
			for seed := range uint64(10) {
				r, before := rand.New(rand.NewPCG(seed, 40)), time.Duration(0)
				s := sender{length: 10 * time.Second, packet: packet, voice: tone(440), delay: func(n int) time.Duration {
					d := time.Duration(r.Int64N(int64(40 * time.Millisecond)))
					if way == "in order" {
						d = max(d, before-packet)
					}
					before = d
					return d
				}}
				_, count := s.hear(16000)
				missed += count.late.Load() + count.concealed.Load()
				packets += int(s.length / packet)
			}
			if missed > 20 || way == "in order" && missed > 0 {
				t.Errorf("%v, %s: %d of %d packets were late or made up", packet, way, missed, packets)
			}
		}
	}
}
