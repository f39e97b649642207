package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// A way that loses many packets in a row makes no source that pauses of a telephone: when
// nothing comes from it any more, nothing is heard after what is concealed, and no noise
// that sounds as if somebody were there.
func TestALongLossIsNoPause(t *testing.T) {
	for _, lost := range []int{8, 15, 30} {
		inBubble(t, testStream(formatPCMU), testStream(formatOpus), func(t *testing.T, a, b *testLeg) {
			pcm, raw := noisy(t, 150, 50), make([]byte, 160)
			for i := range 150 {
				codecs.EncodeULaw(raw, pcm[i*160:][:160])
				if i >= 70 && i < 70+lost {
					a.seq, a.ts = a.seq+1, a.ts+160
				} else {
					a.talk(0, raw, 160, transport.Now())
				}
				time.Sleep(20 * time.Millisecond)
			}
			synctest.Wait()
			n := len(b.wire.packets())
			time.Sleep(3 * time.Second)
			synctest.Wait()
			if more := len(b.wire.packets()) - n; more > 8 {
				t.Errorf("%d lost: %d packets are sent after the source fell silent", lost, more)
			}
			checkLine(t, b.line.ssrc, b.wire.packets())
		})
	}
}
