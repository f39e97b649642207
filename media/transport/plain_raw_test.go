package transport

import (
	"bytes"
	"net/netip"
	"sync/atomic"
	"testing"
)

// udptl is a UDPTL packet with a sequence number.
func udptl(seq byte) []byte { return []byte{0, seq, 1, 6, 0, 0} }

func TestRawCarriesWhatIsNoRTP(t *testing.T) {
	phone, stranger := socket(t), socket(t)
	pl, e := openPlain(t, addrOf(phone), loopback)
	to, _ := plainAddr(pl)
	var heard atomic.Int32
	pl.SetRaw(func([]byte, int64) { heard.Add(1) })
	_, _ = stranger.WriteToUDPAddrPort(udptl(0), to)
	_, _ = phone.WriteToUDPAddrPort(udptl(0), to)
	_, _ = phone.WriteToUDPAddrPort([]byte{1}, to)
	_, _ = phone.WriteToUDPAddrPort(make([]byte, maxRaw+1), to)
	_, _ = phone.WriteToUDPAddrPort(udptl(1), to)
	eventually(t, "two datagrams heard", func() bool { return heard.Load() == 2 })
	if c := pl.Counters(); c.Stranger != 1 || c.Malformed != 2 {
		t.Errorf("%+v", c)
	}
	out := udptl(9)
	if err := pl.WriteRaw(out); err != nil {
		t.Fatal(err)
	}
	if got, from := receive(t, phone); !bytes.Equal(got, out) || from != to {
		t.Errorf("%v from %s", got, from)
	}
	if pl.WriteRaw(make([]byte, maxRaw+1)) == nil {
		t.Error("sent what is too long")
	}
	pl.SetRaw(nil)
	_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, 1, 7), to)
	eventually(t, "RTP heard", func() bool { n, _ := e.heard(); return n == 1 })
	if heard.Load() != 2 {
		t.Error("RTP was taken for fax")
	}
}

func TestRawLearnsAsRTPDoes(t *testing.T) {
	described, signaling := netip.MustParseAddrPort("10.0.0.9:4000"), netip.MustParseAddr("192.0.2.7")
	real, other := netip.MustParseAddrPort("192.0.2.7:5555"), netip.MustParseAddrPort("198.51.100.1:5555")
	var l latch
	l.set(PlainRemote{RTP: described, Signaling: signaling})
	for i := range byte(3) {
		if v := l.rawFrom(real, udptl(i), 0); v != judging {
			t.Fatalf("packet %d: %d", i, v)
		}
		if v := l.rawFrom(other, udptl(i), 0); v != stranger {
			t.Fatalf("a stranger's packet %d: %d", i, v)
		}
	}
	if l.rawFrom(real, udptl(3), 0) != accept || l.source != real {
		t.Errorf("not learned: %s", l.source)
	}
	if l.rawFrom(other, udptl(4), 0) == accept {
		t.Error("a second source is heard")
	}
	l.ssrc = 7
	if l.rawFrom(real, rtpPacket(0, 5, 7), 0) == accept {
		t.Error("RTP that was still on its way is taken for fax")
	}
	l.set(PlainRemote{RTP: netip.MustParseAddrPort("192.0.2.7:4000"), Signaling: signaling})
	for i := range byte(8) {
		if l.rawFrom(real, udptl(i), 0) == accept {
			t.Error("learned where nothing stands between")
		}
	}
}
