package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// A hold, another source, another codec and a clock that begins anew are no losses, no
// jitter and no worse a score; the reports speak of the source that there is.
func TestNumbersAreRightAfterHoldSourceAndCodec(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		talk := func(f format) {
			b := testSound(t, f)
			for range 250 {
				a.talk(testCodec(f).PayloadType, b, f.clock()/50, transport.Now())
				time.Sleep(20 * time.Millisecond)
			}
		}
		check := func(what string) {
			t.Helper()
			synctest.Wait()
			s := a.Stats().Received
			if s.Lost != 0 || s.Late != 0 || s.Jitter > 2*time.Millisecond || s.MOS < 4 {
				t.Errorf("%s: %+v", what, s)
			}
			block, ok := a.Endpoint.in.takeReport(transport.Now())
			if !ok || block.SSRC != a.ssrc || block.Fraction != 0 || block.Lost != 0 || uint16(block.Highest) != a.seq-1 {
				t.Errorf("%s: %+v", what, block)
			}
		}
		apply := func(f format, d sdp.Direction) {
			t.Helper()
			s := testStream(f)
			s.Direction = d
			if err := a.Apply(s); err != nil {
				t.Fatal(err)
			}
		}
		talk(formatPCMU)
		check("at first")
		apply(formatPCMU, sdp.SendOnly) // we hold
		time.Sleep(30 * time.Second)
		apply(formatPCMU, sdp.SendRecv)
		talk(formatPCMU)
		check("after a hold in which its clock stood still")
		apply(formatPCMU, sdp.RecvOnly) // it holds, with music of another source
		a.ssrc, a.seq, a.ts = 0x5eed, 65500, 77
		talk(formatPCMU)
		check("with music")
		apply(formatPCMU, sdp.SendRecv)
		a.ssrc, a.seq, a.ts = 0xabcd, 1300, 1<<31
		talk(formatPCMU)
		check("back from it")
		apply(formatOpus, sdp.SendRecv)
		talk(formatOpus)
		check("by another codec")
		apply(formatPCMU, sdp.SendRecv)
		talk(formatPCMU)
		check("and back")
		_ = e.Close()
	})
}
