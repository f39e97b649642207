package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// TestAStrayFarAheadSilencesNobody: one packet with a number of what is to be said in a
// second, a defect of the far end's or a forgery, is not followed by others like it. What
// comes in its turn meanwhile is no late packet.
func TestAStrayFarAheadSilencesNobody(t *testing.T) {
	for _, ahead := range []uint16{windowSize, 50, misorder - 1, 2000} {
		synctest.Test(t, func(t *testing.T) {
			e := newTestEngine(t, Config{Workers: 1})
			a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatOpus))
			Join(a.Endpoint, b.Endpoint)
			const rounds, each = 5, 50
			for range rounds {
				a.speak(each, func(int) bool { return true }, 0, nil)
				a.in(header{seq: a.seq + ahead, ts: a.ts + 160*uint32(ahead), ssrc: a.ssrc}, make([]byte, 160), transport.Now())
			}
			before := len(b.wire.packets())
			a.speak(each, func(int) bool { return true }, 0, nil)
			time.Sleep(20 * time.Millisecond)
			synctest.Wait()
			out := b.wire.packets()
			if n := len(out) - before; n < each-2 {
				t.Errorf("%d of %d packets go on after a stray %d ahead", n, each, ahead)
			}
			if late := a.Stats().Received.Late; late > 2*rounds {
				t.Errorf("%d packets were late after strays %d ahead", late, ahead)
			}
			checkLine(t, b.line.ssrc, out)
			_ = e.Close()
		})
	}
}
