package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"github.com/tandemgw/tandem/media/transport"
)

// A way that brings each packet twice loses nothing, and sounds no worse.
func TestPacketsThatComeTwiceAreNoLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		s := testStream(formatPCMU)
		s.Remote.ExtendedReports = true
		a, b := newTestLeg(t, e, Options{}, s), newTestLeg(t, e, Options{}, testStream(formatOpus))
		Join(a.Endpoint, b.Endpoint)
		for range 500 {
			h := header{seq: a.seq, ts: a.ts, ssrc: a.ssrc}
			a.talk(0, toneULaw(8000), 160, transport.Now())
			a.in(h, toneULaw(8000), transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		in := a.Stats().Received
		if in.Late < 400 || in.MOS < 4 {
			t.Errorf("%d came twice, MOS %.1f, want what nothing lost is", in.Late, in.MOS)
		}
		reports := a.wire.reports()
		x := extendedOf(t, reports[len(reports)-1])
		v := x.Reports[len(x.Reports)-1].(*rtcp.VoIPMetricsReportBlock)
		if v.LossRate != 0 || v.DiscardRate > 1 || v.RFactor < 85 || v.RFactor > 100 {
			t.Errorf("voice metrics = %+v", v)
		}
		_ = e.Close()
	})
}

// Gaps and bursts last as long as their packets do, of whatever length these are.
func TestBurstsAreTimedByTheLengthOfPackets(t *testing.T) {
	for _, frame := range []int{10, 20, 60} {
		synctest.Test(t, func(t *testing.T) {
			e := newTestEngine(t, Config{Workers: 1})
			s := testStream(formatPCMU)
			s.Remote.ExtendedReports = true
			a := newTestLeg(t, e, Options{}, s)
			for i := range 30_000 / frame {
				if k := i % 100; k == 50 || k == 52 { // a burst of three packets
					a.seq++
					a.ts += uint32(frame * 8)
				} else {
					a.talk(0, make([]byte, frame*8), uint32(frame*8), transport.Now())
				}
				time.Sleep(time.Duration(frame) * time.Millisecond)
			}
			synctest.Wait()
			reports := a.wire.reports()
			x := extendedOf(t, reports[len(reports)-1])
			v := x.Reports[len(x.Reports)-1].(*rtcp.VoIPMetricsReportBlock)
			if d := int(v.BurstDuration); d < 2*frame || d > 4*frame {
				t.Errorf("packets of %d ms: a burst of three lasts %d ms", frame, d)
			}
			if d := int(v.GapDuration); d < 80*frame || d > 130*frame {
				t.Errorf("packets of %d ms: a gap of about 97 lasts %d ms", frame, d)
			}
			_ = e.Close()
		})
	}
}

// TestTheLengthOfPacketsIsThatOfNeighbors: neither one that was overtaken nor a digit
// between two packets makes the next one longer.
func TestTheLengthOfPacketsIsThatOfNeighbors(t *testing.T) {
	l := newTestLeg(t, newTestEngine(t, Config{Workers: 1}), Options{}, testStream(formatPCMU))
	at := transport.Now()
	for _, seq := range []uint16{10, 11, 13, 12, 14} {
		l.in(header{seq: seq, ts: uint32(seq) * 160, ssrc: 7}, make([]byte, 160), at)
	}
	if got := l.Endpoint.in.span; got != 160 {
		t.Errorf("after one that was overtaken they last %d, want 160", got)
	}
	for seq := uint16(15); seq < 19; seq++ {
		l.in(header{pt: testEvent8, seq: seq, ts: 15 * 160, ssrc: 7}, []byte{5, 10, 0, 160}, at)
	}
	l.in(header{seq: 19, ts: 19 * 160, ssrc: 7}, make([]byte, 160), at)
	if got := l.Endpoint.in.span; got != 160 {
		t.Errorf("after a digit they last %d, want 160", got)
	}
}

// Packets that overtake each other are not lost: no burst, no gap, and no loss is told.
func TestPacketsOutOfOrderAreNoBurst(t *testing.T) {
	var r reception
	e := &entry{do: doPass, format: formatPCMU, clock: 8000}
	give := func(seq uint16) {
		r.packet(&header{seq: seq, ts: uint32(seq) * 160, ssrc: 5}, e, 160, int64(seq)*20*ms+1)
	}
	for seq := uint16(1); seq < 600; seq++ {
		switch {
		case seq%20 == 7: // four come in another order
			give(seq + 2)
			give(seq + 1)
			give(seq + 3)
			give(seq)
			seq += 3
		case seq == 301: // and one is lost
		default:
			give(seq)
		}
	}
	if r.bursts.missing != 1 || r.bursts.gaps != 1 {
		t.Errorf("%d packets are missing in %d places, want one", r.bursts.missing, r.bursts.gaps)
	}
	if s := r.bursts.metrics(r.settled, 20); s.BurstDensity != 0 {
		t.Errorf("%+v", s)
	}
}
