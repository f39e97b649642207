package media

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/test/sound"
)

// What is transcoded has no longer gaps than the codec's own concealment leaves,
// however long the packets are and however many are lost in a row: nothing is given up too
// late, faded early or cut. One of up to 40 ms that is lost alone leaves none over 40 ms. What fades
// out within 60 ms (ITU-T G.711 Appendix I) is silent for the rest of what is longer.
func TestGapsAreNoLongerThanConcealmentLeavesThem(t *testing.T) {
	if raceEnabled {
		t.Skip("minutes of sound, on one goroutine: without the race detector, in make plain")
	}
	const step, spared = 5 * time.Millisecond, 40 * time.Millisecond // of sound.LongestGap
	speech := welcome(t)[:4800*10]                                   // 6 s, whole packets of each length
	for _, from := range []party{phoneParty(), wideParty(), browserParty()} {
		for _, to := range []party{otherParty(), wideParty(), browserParty()} {
			if from.format == to.format || from.format == formatPCMU && to.format == formatPCMA {
				continue // passed through: what is lost is concealed by who hears it
			}
			for _, ms := range []time.Duration{10, 20, 30, 40, 60} {
				if from.format == formatOpus && ms == 30 {
					continue // no frame of Opus
				}
				for _, inRow := range []int{1, 2, 3} {
					t.Run(fmt.Sprintf("%d of %d ms from %v to %v", inRow, ms, from.format, to.format), func(t *testing.T) {
						inBubble(t, from.paced(int(ms)), to.stream(), func(t *testing.T, a, b *testLeg) {
							alone := a.sayWithHoles(t, from, to.rate, speech, int(ms), inRow)
							most := sound.LongestGap(speech, alone, voiceRate)
							gap := sound.LongestGap(speech, soundOf(t, to, b.wire.packets()), voiceRate)
							if gap > most+step || inRow == 1 && ms <= 40 && gap > spared {
								t.Errorf("a gap of %v, its decoder leaves one of %v", gap, most)
							}
						})
					})
				}
			}
		}
	}
}

// sayWithHoles sends sound in packets of a length, in ms, of which so many in a row are lost
// every half second and a little. It returns what a
// decoder at a rate, if it is of Opus, makes of that by itself, at 8000.
func (l *testLeg) sayWithHoles(t *testing.T, p party, rate codecs.Rate, pcm []int16, ms, inRow int) (heard []int16) {
	t.Helper()
	enc, err := l.engine.codecs.encoder(p.format, p.rate)
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.engine.codecs.decoder(p.format, rate)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]int16, d.Rate().MaxFrame())
	pcm = resampled(t, pcm, codecs.Rate8k, p.rate)
	frame, payload, every := int(p.rate)/1000*ms, make([]byte, slotSize), 530/ms
	span := p.format.clock() / 1000 * uint32(ms)
	for i := 0; len(pcm) >= frame; i++ {
		n, err := enc.Encode(payload, pcm[:frame])
		if err != nil {
			t.Fatal(err)
		}
		if pcm = pcm[frame:]; i%every >= every-inRow {
			l.seq, l.ts = l.seq+1, l.ts+span
			n = d.Conceal(buf, int(d.Rate())/1000*ms)
		} else {
			l.talk(p.pt, payload[:n], span, transport.Now())
			if n, err = d.Decode(buf, payload[:n]); err != nil {
				t.Fatal(err)
			}
		}
		heard = append(heard, buf[:n]...)
		time.Sleep(time.Duration(ms) * time.Millisecond)
	}
	time.Sleep(200 * time.Millisecond)
	synctest.Wait()
	return resampled(t, heard, d.Rate(), codecs.Rate8k)
}
