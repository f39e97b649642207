package transport

import (
	"net/netip"
	"testing"
)

// TestLatchPrefersWhatIsPlausible: a stranger elsewhere was there first, while the
// telephone was silent. Whoever has something that speaks for him takes his place;
// nobody else does.
func TestLatchPrefersWhatIsPlausible(t *testing.T) {
	elsewhere := netip.MustParseAddr("192.0.2.80")
	hinted := nattedPhone()
	hinted.Hosts, hinted.SSRCs = []netip.Addr{elsewhere}, []uint32{0xfeed}
	many := nattedPhone()
	for range maxHints {
		many.Hosts, many.SSRCs = append(many.Hosts, netip.MustParseAddr("192.0.2.1")), append(many.SSRCs, 1)
	}
	many.Hosts, many.SSRCs = append(many.Hosts, elsewhere), append(many.SSRCs, 0xfeed)
	sixth := PlainRemote{RTP: netip.MustParseAddrPort("[fd00::5]:4000"), Signaling: netip.MustParseAddr("2001:db8:1::1"), PayloadTypes: nattedPhone().PayloadTypes}
	for _, tc := range []struct {
		name   string
		remote PlainRemote
		from   netip.AddrPort
		ssrc   uint32
		wins   bool
	}{
		{"the described port at another host", nattedPhone(), netip.AddrPortFrom(elsewhere, described.Port()), 7, true},
		{"a host in the net of the signaling", nattedPhone(), netip.MustParseAddrPort("203.0.113.200:31000"), 7, true},
		{"a host in the net of the described one", nattedPhone(), netip.MustParseAddrPort("192.168.1.99:31000"), 7, true},
		{"a host in the IPv6 net of the signaling", sixth, netip.MustParseAddrPort("[2001:db8:1::77]:31000"), 7, true},
		{"a host that the description names", hinted, netip.AddrPortFrom(elsewhere, 31000), 7, true},
		{"an SSRC that the description announces", hinted, netip.AddrPortFrom(netip.MustParseAddr("192.0.2.81"), 31000), 0xfeed, true},
		{"the host of the signaling", nattedPhone(), natted, 7, true},
		{"nothing", nattedPhone(), netip.AddrPortFrom(elsewhere, 31000), 7, false},
		{"a net beside that of the signaling", nattedPhone(), netip.MustParseAddrPort("203.0.112.9:31000"), 7, false},
		{"another IPv6 net", sixth, netip.MustParseAddrPort("[2001:db8:2::77]:31000"), 7, false},
		{"a hint too many", many, netip.AddrPortFrom(elsewhere, 31000), 0xfeed, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var l latch
			l.set(tc.remote)
			foe := thief
			if tc.remote.RTP.Addr().Is6() {
				foe = netip.MustParseAddrPort("[2001:db8:66::66]:5555")
			}
			for seq := range uint16(50) {
				l.rtpFrom(foe, rtpPacket(0, seq, 9), 0, false)
			}
			for seq := range uint16(latchPackets) {
				l.rtpFrom(tc.from, rtpPacket(0, seq, tc.ssrc), 0, false)
				l.rtpFrom(foe, rtpPacket(0, 50+seq, 9), 0, false)
			}
			if got := l.source == tc.from; got != tc.wins {
				t.Errorf("the source is %s; takes its place: %v, want %v", l.source, got, tc.wins)
			}
			if tc.wins && l.rtpFrom(foe, rtpPacket(0, 54, 9), 0, true) != stranger {
				t.Error("the stranger comes back")
			}
		})
	}
}

// TestLatchDoesNotWaitForWhoIsGone: who had more to speak for him blocks the others
// while he is heard, and not by one packet for ever.
func TestLatchDoesNotWaitForWhoIsGone(t *testing.T) {
	var l latch
	l.set(nattedPhone())
	l.rtpFrom(natted, rtpPacket(0, 1, 7), 0, false)
	if v := l.rtpFrom(thief, rtpPacket(0, 1, 9), int64(movedAfter)-1, false); v != stranger {
		t.Errorf("while one nearer is on probation: verdict %d", v)
	}
	for i, want := range []verdict{judging, judging, judging, accept} {
		if v := l.rtpFrom(thief, rtpPacket(0, uint16(i), 9), int64(movedAfter), false); v != want {
			t.Errorf("packet %d after it has gone: verdict %d, want %d", i, v, want)
		}
	}
}

// TestLatchSendsNothingElsewhereWhileItNeedNot: what we say goes to a described
// address that can be reached, whoever else is heard; only where it is of a private
// net somebody of whom nothing is known is sent to.
func TestLatchSendsNothingElsewhereWhileItNeedNot(t *testing.T) {
	for _, tc := range []struct {
		described string
		to        bool // to the source
	}{
		{"198.18.0.20:4000", false},
		{"[2001:db8:5::5]:4000", false},
		{"192.168.1.20:4000", true},
		{"10.0.0.1:4000", true},
		{"100.64.3.4:4000", true},
		{"169.254.9.9:4000", true},
		{"[fd00::1]:4000", true},
	} {
		for _, mux := range []bool{false, true} {
			r := nattedPhone()
			r.RTP, r.Mux = netip.MustParseAddrPort(tc.described), mux
			var l latch
			l.set(r)
			for seq := range uint16(latchPackets + 1) {
				l.rtpFrom(thief, rtpPacket(0, seq, 9), 0, false)
			}
			l.rtcpFrom(netip.AddrPortFrom(thief.Addr(), 5556), rtcpPacket(9), false)
			if l.source != thief {
				t.Fatalf("%s: who alone is heard is not learned", tc.described)
			}
			if to := l.rtpTo(); (to == thief) != tc.to || !tc.to && to != r.RTP {
				t.Errorf("%s: RTP goes to %s", tc.described, to)
			}
			if to := l.rtcpTo(); (to.Addr() == thief.Addr()) != tc.to || !tc.to && to.Addr() != r.RTP.Addr() {
				t.Errorf("%s: RTCP goes to %s", tc.described, to)
			}
		}
	}
}

// TestLatchFollowsANATElsewhere: a telephone behind a proxy that carries no media,
// whose NAT forgets it and gives it another port.
func TestLatchFollowsANATElsewhere(t *testing.T) {
	var l latch
	l.set(nattedPhone())
	before, after := netip.MustParseAddrPort("192.0.2.80:31000"), netip.MustParseAddrPort("192.0.2.80:32000")
	for seq := range uint16(latchPackets) {
		l.rtpFrom(before, rtpPacket(0, seq, 7), 0, false)
	}
	for _, tc := range []struct {
		name  string
		from  netip.AddrPort
		ssrc  uint32
		quiet bool
		want  verdict
	}{
		{"while it is heard", after, 7, false, stranger},
		{"another stream", after, 8, true, stranger},
		{"another host", thief, 7, true, stranger},
		{"another port", after, 7, true, accept},
	} {
		var v verdict
		for seq := range uint16(latchPackets) {
			v = l.rtpFrom(tc.from, rtpPacket(0, 100+seq, tc.ssrc), 0, tc.quiet)
		}
		if v != tc.want {
			t.Errorf("%s: verdict %d, want %d", tc.name, v, tc.want)
		}
	}
}
