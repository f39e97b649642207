package media

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// A packet that holds nothing keeps a way through a NAT open (RFC 6263 §4.1). Nobody takes
// its place in the sequence for a loss: not who listens, and not the gateway.
func TestAKeepAliveIsNoLoss(t *testing.T) {
	for name, f := range map[string]format{"passed through": formatPCMU, "by the other law": formatPCMA, "decoded": formatOpus} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, testStream(formatPCMU), testStream(f), func(t *testing.T, a, b *testLeg) {
				for i := range 100 {
					if i%25 == 10 {
						a.talk(0, nil, 0, transport.Now())
					}
					a.talk(0, slices.Repeat([]byte{0x55}, 160), 160, transport.Now())
					time.Sleep(20 * time.Millisecond)
				}
				synctest.Wait()
				all := b.wire.packets()
				checkLine(t, b.line.ssrc, all)
				if len(all) != 100 {
					t.Errorf("%d packets, want 100", len(all))
				}
				for i, p := range all[1:] {
					if d := time.Duration(p.at - all[i].at); d > 20*time.Millisecond {
						t.Errorf("packet %d was held up for %v", i+1, d)
					}
				}
				if s := a.Stats().Received; s.Concealed != 0 || s.Lost != 0 {
					t.Errorf("taken for a loss: %+v", s)
				}
			})
		})
	}
}
