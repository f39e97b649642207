package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"github.com/tandemgw/tandem/media/transport"
)

// blockOf is the report block about what a leg sends in the last report to it.
func blockOf(t *testing.T, l *testLeg) rtcp.ReceptionReport {
	t.Helper()
	all := l.wire.reports()
	ps, err := rtcp.Unmarshal(all[len(all)-1])
	if err != nil {
		t.Fatal(err)
	}
	switch p := ps[0].(type) {
	case *rtcp.ReceiverReport:
		return p.Reports[0]
	case *rtcp.SenderReport:
		return p.Reports[0]
	}
	t.Fatalf("%T", ps[0])
	return rtcp.ReceptionReport{}
}

// The last sender report is told of with how long ago it was (RFC 3550 §6.4.1), also one
// that came before the first packet, and one of another source is not.
func TestTheLastSenderReportIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{}, testStream(formatPCMU))
		report := func(ssrc uint32, ntp uint64) (at time.Time) {
			b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: ssrc, NTPTime: ntp}})
			if err != nil {
				t.Fatal(err)
			}
			a.RTCP(b, transport.Now())
			return time.Now()
		}
		check := func(what string, last uint32, at time.Time) {
			t.Helper()
			n := len(a.wire.reports())
			for len(a.wire.reports()) == n {
				a.talk(0, voice(160, 1), 160, transport.Now())
				time.Sleep(20 * time.Millisecond)
			}
			b := blockOf(t, a)
			ago := time.Duration(b.Delay) * time.Second / 65536
			if d := time.Since(at) - ago; b.LastSenderReport != last || last != 0 && (d < 0 || d > 25*time.Millisecond) {
				t.Errorf("%s: last %#x %v ago, want %#x %v ago", what, b.LastSenderReport, ago, last, time.Since(at))
			}
		}
		at := report(a.ssrc, 0x1111_2222_3333_4444)
		check("before the first packet", 0x2222_3333, at)
		at = report(a.ssrc, 0x5555_6666_7777_8888)
		check("afterwards", 0x6666_7777, at)
		report(99, 1<<40)
		check("of another source", 0x6666_7777, at)
		a.ssrc++
		check("of the source before", 0, at)
		_ = e.Close()
	})
}

// Over two wraps of the sequence, with duplicates, losses and reordering, what is told
// is what RFC 3550 A.3 makes of it.
func TestLossesOverWraps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{}, testStream(formatPCMU))
		a.seq = 65000
		give := func(seq uint32) {
			a.in(header{seq: uint16(seq), ts: seq * 160, ssrc: a.ssrc}, voice(160, 1), transport.Now())
		}
		const first, last = 65000, 65000 + 2*65536
		received, expected, prior := 0, 0, [2]int{}
		reports := len(a.wire.reports())
		for seq := uint32(first); seq <= last; seq++ {
			switch {
			case seq%100 == 7: // lost
			case seq%1000 == 11:
				give(seq)
				give(seq)
				received += 2
			case seq%50 == 20: // after the next one
				give(seq + 1)
				give(seq)
				received += 2
				seq++
			default:
				give(seq)
				received++
			}
			expected = int(seq - first + 1)
			time.Sleep(5 * time.Millisecond)
			if n := len(a.wire.reports()); n > reports {
				reports = n
				b := blockOf(t, a)
				// The one after may have come at the same time as the report went.
				if d := int(b.LastSequenceNumber) - int(seq); d < -2 || d > 1 {
					t.Fatalf("highest %d, want %d", b.LastSequenceNumber, seq)
				}
				if d := int(b.TotalLost) - (expected - received); d < -2 || d > 2 {
					t.Fatalf("%d lost, want %d", b.TotalLost, expected-received)
				}
				e, r := expected-prior[0], received-prior[1]
				prior = [2]int{expected, received}
				if want := (e - r) << 8 / e; int(b.FractionLost) < want-1 || int(b.FractionLost) > want+1 {
					t.Fatalf("fraction %d, want %d", b.FractionLost, want)
				}
			}
		}
		if reports < 50 {
			t.Errorf("%d reports", reports)
		}
		_ = e.Close()
	})
}
