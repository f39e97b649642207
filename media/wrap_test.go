package media

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// Sequence numbers and timestamps wrap (RFC 3550 §5.1), and a far end changes the length of
// its packets as it likes: nobody hears any of it.
func TestWrapsAndOtherLengthsAreNotHeard(t *testing.T) {
	if raceEnabled {
		t.Skip("long sound on one goroutine: without the race detector, in make plain")
	}
	ends := []party{phoneParty(), otherParty(), wideParty(), browserParty(), linearParty()}
	for _, from := range ends {
		for _, to := range ends {
			t.Run(fmt.Sprintf("%v to %v", from.format, to.format), func(t *testing.T) {
				inBubble(t, from.paced(20), to.paced(20), func(t *testing.T, a, b *testLeg) {
					a.seq, a.ts = 65535-12, -from.format.clock()/2 // 0.5 s before it wraps
					a.changing(t, from, []int{20, 10, 40, 20, 30, 60, 10})
					s := a.Stats().Received
					if s.Refused+s.Concealed+s.Late+s.Dropped != 0 || s.Lost != 0 {
						t.Errorf("%+v", s)
					}
					checkSinging(t, to, b.wire.packets())
				})
			})
		}
	}
}

// changing sings for some 300 ms in packets of each length, as one source.
func (l *testLeg) changing(t *testing.T, p party, lengths []int) {
	t.Helper()
	enc, err := l.engine.codecs.encoder(p.format, p.rate)
	if err != nil {
		t.Fatal(err)
	}
	payload, sung := make([]byte, slotSize), 0
	for _, ms := range lengths {
		switch {
		case p.format == formatOpus && ms == 30:
			ms = 60 // it has no frames of 30 ms
		case p.format == formatL16Wide:
			ms = min(ms, 40)
		}
		for end := sung + 300*int(p.rate)/1000; sung < end; {
			pcm := make([]int16, int(p.rate)/1000*ms)
			for k := range pcm {
				pcm[k] = sineAt(1000, sineAmplitude, sung+k, int(p.rate))
			}
			n, err := enc.Encode(payload, pcm)
			if err != nil {
				t.Fatal(err)
			}
			l.talk(p.pt, payload[:n], p.format.clock()/1000*uint32(ms), transport.Now())
			sung += len(pcm)
			time.Sleep(time.Duration(ms) * time.Millisecond)
		}
	}
	synctest.Wait()
}
