package media

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// arrival is a packet on its way through a simulated network.
type arrival struct {
	i  int
	at time.Duration
}

// deliver gives a leg the packets at their times, in virtual time.
func deliver(a *testLeg, packets [][]byte, all []arrival) {
	began := time.Now()
	for _, p := range all {
		if d := p.at - time.Since(began); d > 0 {
			time.Sleep(d)
		}
		a.in(header{pt: testOpus, seq: uint16(65000 + p.i), ts: uint32(p.i) * 960, ssrc: 9}, packets[p.i], transport.Now())
	}
	time.Sleep(500 * time.Millisecond)
	synctest.Wait()
}

// TestLossIsHiddenWithin40ms has nothing come for a while: what is missing is
// made up 40 ms after it should have come, not when the next packet comes, and
// what comes too late for that is not heard twice.
func TestLossIsHiddenWithin40ms(t *testing.T) {
	for name, c := range map[string]struct {
		lost, late map[int]bool // of 60 packets; late ones come with the next that is not
	}{
		"one lost":          {lost: map[int]bool{20: true}},
		"two lost":          {lost: map[int]bool{20: true, 21: true}},
		"four lost":         {lost: map[int]bool{20: true, 21: true, 22: true, 23: true}},
		"a burst of four":   {late: map[int]bool{20: true, 21: true, 22: true, 23: true}},
		"a burst of two":    {late: map[int]bool{20: true, 21: true}},
		"burst and a loss":  {lost: map[int]bool{22: true}, late: map[int]bool{20: true, 21: true}},
		"nothing missing":   {},
		"two places, apart": {lost: map[int]bool{20: true, 40: true}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, testStream(formatOpus), testStream(formatPCMU), func(t *testing.T, a, b *testLeg) {
				in := opusPackets(t, speech(t, 60), 20)
				var all []arrival
				var waiting []int
				for i := range in {
					at := time.Duration(i) * 20 * time.Millisecond
					switch {
					case c.lost[i]:
					case c.late[i]:
						waiting = append(waiting, i)
					default:
						for _, j := range append(waiting, i) {
							all = append(all, arrival{j, at})
						}
						waiting = nil
					}
				}
				deliver(a, in, all)
				out := b.wire.packets()
				checkLine(t, b.line.ssrc, out)
				for i := range 59 {
					if d := out[i+1].ts - out[i].ts; d != 160 {
						t.Errorf("a step of %d in timestamps at packet %d", d, i)
					}
					if d := time.Duration(out[i+1].at - out[i].at); d > 61*time.Millisecond {
						t.Errorf("nothing was sent for %v before packet %d", d, i+1)
					}
				}
				if d := out[59].ts - out[0].ts; d != 59*160 || len(out) != 66 {
					t.Errorf("%d packets, timestamps went on by %d; want 60 and 120 ms made up at the end", len(out), d)
				}
				if s := a.Stats().Received; int(s.Concealed+s.Recovered) != len(c.lost) {
					t.Errorf("concealed %d, recovered %d; %d were lost", s.Concealed, s.Recovered, len(c.lost))
				}
			})
		})
	}
}

// TestWaysOfEveryKind sends speech over simulated networks for a minute and looks
// at what the listener gets: no step in the timestamps, nothing twice, nothing
// that drifts away, and the sound as it was where nothing was lost.
func TestWaysOfEveryKind(t *testing.T) {
	const frames = 1500
	for name, way := range map[string]func(*rand.Rand, time.Duration) (delay time.Duration, lost bool){
		"clean":       func(*rand.Rand, time.Duration) (time.Duration, bool) { return 0, false },
		"jitter":      func(r *rand.Rand, _ time.Duration) (time.Duration, bool) { return rand15(r), false },
		"loss":        func(r *rand.Rand, _ time.Duration) (time.Duration, bool) { return 0, r.IntN(20) == 0 },
		"jitter+loss": func(r *rand.Rand, _ time.Duration) (time.Duration, bool) { return rand15(r), r.IntN(20) == 0 },
		"fast clock":  func(_ *rand.Rand, at time.Duration) (time.Duration, bool) { return -at / 2000, false },
		"slow clock":  func(_ *rand.Rand, at time.Duration) (time.Duration, bool) { return at / 2000, false },
		"stalls": func(_ *rand.Rand, at time.Duration) (time.Duration, bool) {
			return max(0, 300*time.Millisecond-at%(5*time.Second)), false
		},
		"longer way": func(_ *rand.Rand, at time.Duration) (time.Duration, bool) {
			return at / (10 * time.Second) * 30 * time.Millisecond, false
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, testStream(formatOpus), testStream(formatPCMU), func(t *testing.T, a, b *testLeg) {
				in := opusPackets(t, speech(t, 100), 20)
				rng := rand.New(rand.NewPCG(1, 2))
				began := time.Now()
				lost, last := 0, time.Duration(0)
				for i := range frames {
					sent := time.Duration(i) * 20 * time.Millisecond
					delay, gone := way(rng, sent)
					if gone {
						lost++
						continue
					}
					last = max(last, sent+delay) // no overtaking
					if d := last - time.Since(began); d > 0 {
						time.Sleep(d)
					}
					a.in(header{pt: testOpus, seq: uint16(i), ts: uint32(i) * 960, ssrc: 9}, in[i%100], transport.Now())
				}
				elapsed := time.Since(began)
				synctest.Wait()
				out := b.wire.packets()
				checkLine(t, b.line.ssrc, out)
				steps := 0
				for i := range out[1:] {
					if out[i+1].ts-out[i].ts != 160 {
						steps++
					}
				}
				if allowed := map[string]int{"stalls": 7}[name]; steps > allowed {
					t.Errorf("%d steps in timestamps", steps)
				}
				spoken := time.Duration(out[len(out)-1].ts-out[0].ts) * time.Second / 8000
				if d := spoken - frames*20*time.Millisecond; d < -100*time.Millisecond || d > 160*time.Millisecond {
					t.Errorf("what is sent lasts %v, what came %v (in %v)", spoken, frames*20*time.Millisecond, elapsed)
				}
				s := a.Stats().Received
				if n := int(s.Concealed + s.Recovered); n < lost-3 || n > lost {
					t.Errorf("concealed %d, recovered %d; %d were lost", s.Concealed, s.Recovered, lost)
				}
			})
		})
	}
}

func rand15(r *rand.Rand) time.Duration { return time.Duration(r.IntN(15)) * time.Millisecond }

// TestOpusPacketsOfAllLengths feeds 10 to 120 ms and frames in one packet.
func TestOpusPacketsOfAllLengths(t *testing.T) {
	inBubble(t, testStream(formatOpus), testStream(formatPCMU), func(t *testing.T, a, b *testLeg) {
		pcm := speech(t, 120)
		in := opusPackets(t, pcm, 20)
		now := 0
		for _, n := range []int{1, 2, 3, 6, 1, 6, 6, 2, 1} {
			packet := in[now]
			if n > 1 {
				packet = mergeOpus(in[now : now+n])
			}
			a.in(header{pt: testOpus, seq: a.seq, ts: uint32(now) * 960, ssrc: 9}, packet, transport.Now())
			a.seq++
			now += n
			time.Sleep(time.Duration(n) * 20 * time.Millisecond)
		}
		synctest.Wait()
		out := b.wire.packets()
		checkLine(t, b.line.ssrc, out)
		got := decodeAll(t, codecs.NewULawDecoder(), payloads(out))
		if len(out) < now || out[now-1].ts-out[0].ts != uint32(now-1)*160 {
			t.Fatalf("%d packets of 20 ms for %d", len(out), now)
		}
		if db := snr(reference(t, in[:now]), got[:now*160]); db < 10 {
			t.Errorf("%.1f dB from what Opus says", db)
		}
	})
}

// mergeOpus makes one packet of several (RFC 6716 §3.2.5, code 3 with sizes).
func mergeOpus(packets [][]byte) []byte {
	out := []byte{packets[0][0] | 3, 0x80 | byte(len(packets))}
	for _, p := range packets[:len(packets)-1] {
		out = append(out, byte(len(p)-1))
	}
	for _, p := range packets {
		out = append(out, p[1:]...)
	}
	return out
}
