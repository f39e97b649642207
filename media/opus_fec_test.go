package media

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/test/sound"
)

// sendLosing sends packets of some ms to a leg but for those that are lost.
func sendLosing(a *testLeg, packets [][]byte, frame int, lost func(i int) bool) {
	for i, p := range packets {
		if lost(i) {
			a.seq, a.ts = a.seq+1, a.ts+uint32(frame)*48
		} else {
			a.talk(testOpus, p, uint32(frame)*48, transport.Now())
		}
		time.Sleep(time.Duration(frame) * time.Millisecond)
	}
	synctest.Wait()
}

// A frame of 40 or 60 ms that is lost is in the packet after it, which comes when one of 20 ms
// would have been made up: it is waited for, and no longer.
func TestALostLongFrameIsTakenFromTheNext(t *testing.T) {
	for _, frame := range []int{20, 40, 60} {
		rnd, score := rand.New(rand.NewPCG(9, 3)), 0.0
		for range 3 {
			inBubble(t, testStream(formatOpus), testStream(formatPCMU), func(t *testing.T, a, b *testLeg) {
				in := opusPackets(t, speech(t, 300), frame)
				missing, before := 0, false
				sendLosing(a, in, frame, func(i int) bool {
					before = i > 3 && !before && rnd.Float64() < 0.1
					if before {
						missing++
					}
					return before
				})
				out := b.wire.packets()
				checkLine(t, b.line.ssrc, out)
				got := decodeAll(t, codecs.NewULawDecoder(), payloads(out))
				score += sound.Intelligibility(reference(t, in), got, 8000) / 3
				if s := a.Stats().Received; int(s.Recovered) < missing-1 || s.Concealed > 1 {
					t.Errorf("frames of %d ms: of %d that were lost %d are recovered, %d concealed", frame, missing, s.Recovered, s.Concealed)
				}
				waited := 0 // for who came after it: silence has no FEC
				for _, p := range out {
					if (p.at-out[0].at)%int64(time.Duration(frame)*time.Millisecond) != 0 {
						waited++
					}
				}
				if waited > len(out)/10 {
					t.Errorf("frames of %d ms: %d of %d packets go out when none has come", frame, waited, len(out))
				}
			})
		}
		if t.Logf("frames of %d ms: STOI %.3f", frame, score); score < 0.98 {
			t.Errorf("frames of %d ms: STOI %.3f, want 0.98", frame, score)
		}
	}
}

// A source without FEC is not waited for: what has not come 40 ms after it should have is
// made up, however long its packets are.
func TestALostLongFrameWithoutFECIsMadeUpInTime(t *testing.T) {
	inBubble(t, testStream(formatOpus), testStream(formatPCMU), func(t *testing.T, a, b *testLeg) {
		packets := framing{frame: 20, count: 3}.opusOf(t, 1800)
		sendLosing(a, packets, 60, func(i int) bool { return i == 20 })
		first := b.wire.packets()[0].at
		want := first + int64(20*60*time.Millisecond+leastWait)
		for _, p := range b.wire.packets() {
			if p.at > first+int64(20*60*time.Millisecond)-1 {
				if p.at != want {
					t.Errorf("what is missing is made up after %v, want %v", time.Duration(p.at-first), time.Duration(want-first))
				}
				break
			}
		}
	})
}

// What was made up of a long frame before the packet came that brings it back is made up; the
// rest of it is what was said.
func TestTheRestOfALongFrameIsTakenFromTheNext(t *testing.T) {
	const frame, n = 60, 60 * 8
	var want, rest []int16
	in := opusPackets(t, speech(t, 300), frame)
	for lost := 12; lost < 60; lost += 3 {
		if codecs.OpusFEC(in[lost-1]) == 0 || codecs.OpusFEC(in[lost+1]) == 0 {
			continue // nobody speaks
		}
		inBubble(t, testStream(formatOpus), testStream(formatPCMU), func(t *testing.T, a, b *testLeg) {
			sendLosing(a, in[:lost+1], frame, func(i int) bool { return i == lost })
			time.Sleep(25 * time.Millisecond) // the one after it is late
			sendLosing(a, in[lost+1:], frame, func(int) bool { return false })
			got := decodeAll(t, codecs.NewULawDecoder(), payloads(b.wire.packets()))
			if s := a.Stats().Received; s.Recovered != 1 {
				t.Errorf("%d were recovered", s.Recovered)
			}
			from, to := lost*n+2*n/3, (lost+1)*n
			want, rest = append(want, reference(t, in)[from:to]...), append(rest, got[from:to]...)
		})
	}
	if db := snr(want, rest); len(want) < 5*n/3 || db < 3 {
		t.Errorf("the rest is %.1f dB from what was said", db)
	}
}
