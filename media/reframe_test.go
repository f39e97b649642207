package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// TestPassedThroughPacketsHaveTheLengthThatIsWanted is about two telephones of one
// codec that pack differently.
func TestPassedThroughPacketsHaveTheLengthThatIsWanted(t *testing.T) {
	for _, c := range []struct {
		name        string
		ptime, most int // of the listener, 0 = unsaid
		from, to    int // ms
		law         format
		passed      bool
	}{
		{"20 to 20", 20, 0, 20, 20, formatPCMU, true},
		{"30, nobody minds", 0, 0, 30, 30, formatPCMU, true},
		{"30 to at most 40", 0, 40, 30, 30, formatPCMU, true},
		{"30 to 20", 20, 0, 30, 20, formatPCMU, false},
		{"10 to 60", 60, 0, 10, 60, formatPCMU, false},
		{"60 to at most 20", 0, 20, 60, 20, formatPCMU, false},
		{"20 to 30, other law", 30, 0, 20, 30, formatPCMA, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := testStream(c.law)
			s.Remote.PTime, s.Remote.MaxPTime, s.PTime = c.ptime, c.most, max(c.ptime, c.most)
			if s.PTime == 0 {
				s.PTime = 20
			}
			inBubble(t, testStream(formatPCMU), s, func(t *testing.T, a, b *testLeg) {
				pcm := speech(t, 120)
				for rest := pcm; len(rest) >= c.from*8; rest = rest[c.from*8:] {
					raw := make([]byte, c.from*8)
					codecs.EncodeULaw(raw, rest)
					a.talk(0, raw, uint32(c.from*8), transport.Now())
					synctest.Wait() // as long as a packet takes
					time.Sleep(time.Duration(c.from) * time.Millisecond)
				}
				out := b.wire.packets()
				checkLine(t, b.line.ssrc, out)
				before := 0 // packets that went on as they were, until the worker had seen how long they are
				for !c.passed && len(out[before].payload) == c.from*8 {
					before++
				}
				out = out[before:]
				if before > 2 {
					t.Errorf("%d packets went on as they were", before)
				}
				for i, p := range out[:len(out)*3/4] {
					if len(p.payload) != c.to*8 || out[i+1].ts-p.ts != uint32(c.to*8) {
						t.Fatalf("packet %d: %d octets, and %d to the next; want %d", i, len(p.payload), out[i+1].ts-p.ts, c.to*8)
					}
				}
				d := codecs.NewULawDecoder()
				if c.law == formatPCMA {
					d = codecs.NewALawDecoder()
				}
				got := decodeAll(t, d, payloads(out))
				if c.passed {
					pcm = pcm[:len(got)]
				} else {
					pcm = pcm[before*c.from*8:]
				}
				if db := snr(pcm[:2000], got[:2000]); db < 25 {
					t.Errorf("%.1f dB from what was said", db)
				}
			})
		})
	}
}

// TestPauseOfARelayedTelephoneIsHeard has a phone that sends comfort noise and one
// that knows nothing of it, both with one codec.
func TestPauseOfARelayedTelephoneIsHeard(t *testing.T) {
	inBubble(t, withComfort(formatPCMU), testStream(formatPCMU), func(t *testing.T, a, b *testLeg) {
		raw := make([]byte, 160)
		codecs.EncodeULaw(raw, speech(t, 1))
		for i := range 200 {
			switch {
			case i%100 < 50:
				a.in(header{pt: 0, seq: a.seq, ts: uint32(i * 160), ssrc: 9}, raw, transport.Now())
				a.seq++
			case i%100 == 50 || i%100 == 75:
				a.in(header{pt: comfortType, seq: a.seq, ts: uint32(i * 160), ssrc: 9}, []byte{50}, transport.Now())
				a.seq++
			}
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		out := b.wire.packets()
		checkLine(t, b.line.ssrc, out)
		second := 0
		for i := range out[1:] {
			if out[i+1].ts-out[0].ts > 100*160 && out[i+1].ts-out[i].ts != 160 {
				second++
			}
		}
		if second != 0 || len(out) < 145 {
			t.Errorf("%d packets, %d gaps in the second half: the pause is not heard", len(out), second)
		}
	})
}

// The first pause of such a phone is heard as well, though it sends comfort noise once, and
// it is the one packet that makes the worker take over.
func TestTheFirstPauseOfARelayedTelephoneIsHeard(t *testing.T) {
	for _, p := range []party{phoneParty(), otherParty(), wideParty()} {
		inBubble(t, withComfort(formatPCMU), p.stream(), func(t *testing.T, a, b *testLeg) {
			raw := make([]byte, 160)
			codecs.EncodeULaw(raw, speech(t, 1))
			for i := range 300 {
				switch {
				case i < 50, i >= 250:
					a.in(header{pt: 0, seq: a.seq, ts: uint32(i * 160), ssrc: 9, marker: i == 250}, raw, transport.Now())
					a.seq++
				case i == 50:
					a.in(header{pt: comfortType, seq: a.seq, ts: uint32(i * 160), ssrc: 9}, []byte{50}, transport.Now())
					a.seq++
				}
				time.Sleep(20 * time.Millisecond)
			}
			synctest.Wait()
			out := b.wire.packets()
			checkLine(t, b.line.ssrc, out)
			for i := range out[1:] {
				if d := out[i+1].ts - out[i].ts; d != 160 {
					t.Errorf("%v: a step of %d in timestamps at packet %d", p.format, d, i)
				}
				if d := time.Duration(out[i+1].at - out[i].at); d > 60*time.Millisecond {
					t.Errorf("%v: %v without a packet at packet %d", p.format, d, i)
				}
			}
			heard := p.hear(t, payloads(out))
			if len(heard) < 299*160 {
				t.Fatalf("%v: %d ms are heard of 6000", p.format, len(heard)/8)
			}
			if level := meanLevel(heard[55*160 : 245*160]); level < 47 || level > 53 {
				t.Errorf("%v: the pause sounds at -%.1f dBov, the phone asked for -50", p.format, level)
			}
		})
	}
}

func TestNoPacketIsLongerThanItsSlot(t *testing.T) {
	for _, f := range []format{formatOpus, formatPCMU, formatPCMA, formatG722, formatL16, formatL16Wide, formatL16Full} {
		for _, want := range []int{0, 10, 20, 30, 40, 50, 60, 200} {
			got := frameLength(f, want, 0)
			if got < 10 || f.octets() && f.sizeOf(got) > slotSize {
				t.Errorf("%s, %d ms wanted: %d ms, %d octets", f, want, got, f.sizeOf(got))
			}
		}
	}
}
