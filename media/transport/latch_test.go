package transport

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

var (
	described = netip.MustParseAddrPort("192.168.1.20:4000")
	natted    = netip.MustParseAddrPort("203.0.113.9:61000")
	thief     = netip.MustParseAddrPort("198.51.100.66:5555")
	neighbor  = netip.MustParseAddrPort("203.0.113.9:62000") // behind the same NAT
)

// nattedPhone is a phone behind a NAT: it describes what the signaling does
// not come from.
func nattedPhone() PlainRemote {
	r := PlainRemote{RTP: described, Signaling: natted.Addr()}
	r.PayloadTypes[0], r.PayloadTypes[101] = true, true
	return r
}

// openPhone is one that describes where its signaling comes from.
func openPhone() PlainRemote {
	r := nattedPhone()
	r.Signaling = described.Addr()
	return r
}

// step is one RTP packet and what the latch has to say of it.
type step struct {
	from netip.AddrPort
	pt   uint8
	seq  uint16
	ssrc uint32
	want verdict
}

func run(from netip.AddrPort, seq uint16, ssrc uint32, want ...verdict) []step {
	var s []step
	for i, v := range want {
		s = append(s, step{from, 0, seq + uint16(i), ssrc, v})
	}
	return s
}

func join(all ...[]step) []step {
	var s []step
	for _, a := range all {
		s = append(s, a...)
	}
	return s
}

// latchCase is a description, what comes after it, and where RTP goes then.
type latchCase struct {
	name   string
	remote PlainRemote
	steps  []step
	to     netip.AddrPort
}

func runLatch(t *testing.T, cases []latchCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var l latch
			l.set(tc.remote)
			for i, s := range tc.steps {
				if got := l.rtpFrom(s.from, rtpPacket(s.pt, s.seq, s.ssrc), 0, false); got != s.want {
					t.Fatalf("packet %d of %s: verdict %d, want %d", i, s.from, got, s.want)
				}
			}
			if got := l.rtpTo(); got != tc.to {
				t.Errorf("rtpTo() = %s, want %s", got, tc.to)
			}
		})
	}
}

func TestLatchLearns(t *testing.T) {
	runLatch(t, []latchCase{
		{"starts at the described address", nattedPhone(), nil, described},
		{"accepts the described address at once", openPhone(), run(described, 1, 7, accept, accept), described},
		{
			"learns nothing where no NAT can be", openPhone(),
			run(thief, 1, 7, stranger, stranger, stranger, stranger, stranger), described,
		},
		{
			"learns not even another port of an open phone", openPhone(),
			run(netip.AddrPortFrom(described.Addr(), 4002), 1, 7, stranger, stranger, stranger, stranger), described,
		},
		{
			"learns the source behind the NAT at the fourth packet", nattedPhone(),
			run(natted, 65534, 7, judging, judging, judging, accept, accept), natted,
		},
		{
			"starts over at a gap", nattedPhone(),
			join(run(natted, 1, 7, judging, judging, judging), run(natted, 9, 7, judging, judging, judging, accept)), natted,
		},
		{
			"starts over at another SSRC", nattedPhone(),
			join(run(natted, 1, 7, judging, judging, judging), run(natted, 4, 8, judging)), described,
		},
		{
			"does not count unexpected payload types", nattedPhone(),
			[]step{{natted, 9, 1, 7, stranger}, {natted, 9, 2, 7, stranger}, {natted, 9, 3, 7, stranger}, {natted, 9, 4, 7, stranger}},
			described,
		},
		{
			"counts events as well", nattedPhone(),
			[]step{{natted, 101, 1, 7, judging}, {natted, 101, 2, 7, judging}, {natted, 0, 3, 7, judging}, {natted, 0, 4, 7, accept}},
			natted,
		},
	})
}

func TestLatchAmongStrangers(t *testing.T) {
	runLatch(t, []latchCase{
		{
			"lets competitors at one host block each other", nattedPhone(),
			join(run(natted, 1, 7, judging, judging, judging), run(neighbor, 1, 9, judging), run(natted, 4, 7, judging),
				run(neighbor, 2, 9, judging)), described,
		},
		{
			"is not held up by a stranger elsewhere", nattedPhone(),
			join(run(thief, 1, 9, judging, judging), run(natted, 1, 7, judging), run(thief, 3, 9, stranger),
				run(natted, 2, 7, judging), run(thief, 4, 9, stranger), run(natted, 3, 7, judging, accept)), natted,
		},
		{
			"learns a source elsewhere if nobody competes", nattedPhone(),
			run(thief, 1, 9, judging, judging, judging, accept), thief,
		},
		{
			"drops everyone else once latched", nattedPhone(),
			join(run(natted, 1, 7, judging, judging, judging, accept), run(thief, 5, 7, stranger, stranger, stranger, stranger, stranger),
				run(neighbor, 5, 7, stranger, stranger, stranger, stranger), run(natted, 5, 7, accept)), natted,
		},
		{
			"lets the described address win even then, but not by a single packet", nattedPhone(),
			join(run(natted, 1, 7, judging, judging, judging, accept), run(described, 1, 8, judging), run(natted, 5, 7, accept),
				run(described, 2, 8, judging, judging, accept), run(natted, 6, 7, stranger)), described,
		},
		{
			"puts out a stranger elsewhere who was the first", nattedPhone(),
			join(run(thief, 1, 9, judging, judging, judging, accept), run(natted, 1, 7, judging, judging), run(thief, 5, 9, accept),
				run(natted, 3, 7, judging, accept), run(thief, 6, 9, stranger, stranger, stranger, stranger, stranger)), natted,
		},
		{
			"is not moved by a neighbor while its source is heard", nattedPhone(),
			join(run(natted, 1, 7, judging, judging, judging, accept), run(neighbor, 5, 7, stranger, stranger, stranger, stranger, stranger)), natted,
		},
		{
			"follows a change of SSRC of the accepted source", nattedPhone(),
			join(run(natted, 1, 7, judging, judging, judging, accept), run(natted, 900, 8, accept)), natted,
		},
	})
}

func latched(t *testing.T) *latch {
	t.Helper()
	l := new(latch)
	l.set(nattedPhone())
	for seq := range uint16(latchPackets) {
		l.rtpFrom(natted, rtpPacket(0, seq, 7), 0, false)
	}
	if l.rtpTo() != natted {
		t.Fatal("not latched")
	}
	return l
}

func TestLatchReInvite(t *testing.T) {
	t.Run("same address keeps the source", func(t *testing.T) {
		l := latched(t)
		l.set(nattedPhone())
		if l.rtpTo() != natted {
			t.Errorf("rtpTo() = %s, want %s", l.rtpTo(), natted)
		}
	})
	t.Run("hold sends nothing and forgets nothing", func(t *testing.T) {
		l := latched(t)
		held := nattedPhone()
		held.RTP = netip.MustParseAddrPort("0.0.0.0:4000")
		l.set(held)
		if l.rtpTo().IsValid() || l.rtcpTo().IsValid() {
			t.Errorf("on hold it sends to %s and %s", l.rtpTo(), l.rtcpTo())
		}
		if v := l.rtpFrom(natted, rtpPacket(0, 9, 7), 0, false); v != accept {
			t.Errorf("on hold the latched source gets verdict %d", v)
		}
		l.set(nattedPhone())
		if l.rtpTo() != natted {
			t.Errorf("after hold rtpTo() = %s, want %s", l.rtpTo(), natted)
		}
	})
	t.Run("another address arms it anew", func(t *testing.T) {
		l := latched(t)
		moved := nattedPhone()
		moved.RTP = netip.MustParseAddrPort("192.168.1.20:4100")
		l.set(moved)
		if l.rtpTo() != moved.RTP {
			t.Errorf("rtpTo() = %s, want %s", l.rtpTo(), moved.RTP)
		}
		if v := l.rtpFrom(natted, rtpPacket(0, 10, 7), 0, false); v != judging {
			t.Errorf("the former source gets verdict %d, want %d", v, judging)
		}
	})
}

// TestLatchMovesInMidCall: a far end whose NAT gives it another port, or that goes
// behind another NAT, is found again; who only waits for its silence is not.
func TestLatchMovesInMidCall(t *testing.T) {
	quiet := func(l *latch, from netip.AddrPort, ssrc uint32) (v verdict) {
		for seq := range uint16(2 * latchPackets) {
			v = l.rtpFrom(from, rtpPacket(0, 900+seq, ssrc), 0, true)
		}
		return v
	}
	for _, tc := range []struct {
		name string
		from netip.AddrPort
		ssrc uint32
		want verdict
	}{
		{"another port of its host, the same stream", neighbor, 7, accept},
		{"another port of its host, another stream", neighbor, 8, stranger},
		{"another host, the same stream", thief, 7, stranger},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := latched(t)
			l.rtcp = netip.AddrPortFrom(natted.Addr(), natted.Port()+1)
			if v := quiet(l, tc.from, tc.ssrc); v != tc.want {
				t.Errorf("verdict %d, want %d", v, tc.want)
			}
			if moved := l.source != natted; moved != (tc.want == accept) || moved && l.rtcp.IsValid() {
				t.Errorf("source %s, RTCP %s", l.source, l.rtcp)
			}
		})
	}
	t.Run("another network, told by a re-INVITE with the same private address", func(t *testing.T) {
		l := latched(t)
		r := nattedPhone()
		r.Signaling = thief.Addr()
		l.set(r)
		if v := l.rtpFrom(natted, rtpPacket(0, 5, 7), 0, false); v != accept || l.rtpTo() != natted {
			t.Errorf("until it is heard from there: verdict %d, sends to %s", v, l.rtpTo())
		}
		for seq := range uint16(latchPackets) {
			l.rtpFrom(thief, rtpPacket(0, 6+seq, 7), 0, false)
		}
		if l.rtpTo() != thief {
			t.Errorf("sends to %s, want %s", l.rtpTo(), thief)
		}
	})
}

func TestLatchRTCP(t *testing.T) {
	control := above(described)
	nattedControl := netip.MustParseAddrPort("203.0.113.9:61007")
	t.Run("accepts the described address", func(t *testing.T) {
		var l latch
		l.set(openPhone())
		if v := l.rtcpFrom(control, rtcpPacket(7), false); v != accept || l.rtcpTo() != control {
			t.Errorf("verdict %d, rtcpTo() = %s", v, l.rtcpTo())
		}
	})
	t.Run("sends nowhere while only RTP is latched elsewhere", func(t *testing.T) {
		if l := latched(t); l.rtcpTo().IsValid() {
			t.Errorf("rtcpTo() = %s", l.rtcpTo())
		}
	})
	t.Run("learns the port at the host of the RTP by its SSRC", func(t *testing.T) {
		l := latched(t)
		for _, s := range []struct {
			from netip.AddrPort
			ssrc uint32
			want verdict
		}{{thief, 7, stranger}, {neighbor, 8, stranger}, {nattedControl, 7, accept}, {neighbor, 7, stranger}} {
			if v := l.rtcpFrom(s.from, rtcpPacket(s.ssrc), false); v != s.want {
				t.Errorf("RTCP of %d from %s: verdict %d, want %d", s.ssrc, s.from, v, s.want)
			}
		}
		if l.rtcpTo() != nattedControl {
			t.Errorf("rtcpTo() = %s, want %s", l.rtcpTo(), nattedControl)
		}
	})
	t.Run("with mux only the RTP source speaks", func(t *testing.T) {
		l := latched(t)
		r := nattedPhone()
		r.Mux = true
		l.set(r)
		if v := l.rtcpFrom(natted, rtcpPacket(7), true); v != accept {
			t.Errorf("verdict %d on the shared port", v)
		}
		if v := l.rtcpFrom(nattedControl, rtcpPacket(7), false); v != stranger {
			t.Errorf("verdict %d on the other port", v)
		}
		if l.rtcpTo() != natted {
			t.Errorf("rtcpTo() = %s, want %s", l.rtcpTo(), natted)
		}
	})
	t.Run("short packets are malformed", func(t *testing.T) {
		l := latched(t)
		for n := range 8 {
			if v := l.rtcpFrom(natted, rtcpPacket(7)[:n], true); v != malformed {
				t.Errorf("%d octets: verdict %d", n, v)
			}
		}
	})
}

// FuzzLatch plays packets of four sources and checks that nothing goes to one
// that was neither described nor heard four times.
func FuzzLatch(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 4}, true)
	f.Add([]byte{1, 0x80, 0, 1, 1, 2, 3, 4}, false)
	f.Fuzz(func(t *testing.T, script []byte, nat bool) {
		sources := []netip.AddrPort{described, natted, thief, neighbor}
		r := openPhone()
		if nat {
			r = nattedPhone()
		}
		var l latch
		l.set(r)
		heard := map[netip.AddrPort]int{}
		for ; len(script) >= 4; script = script[4:] {
			from := sources[script[0]%4]
			b := rtpPacket(script[1]&0x7f, binary.BigEndian.Uint16(script[2:]), uint32(script[1]>>7))
			if script[0]&0x40 != 0 {
				b = b[:int(script[3])%len(b)]
			}
			if script[0]&0x80 != 0 {
				l.rtcpFrom(from, b, script[0]&0x20 != 0)
				continue
			}
			heard[from]++
			v := l.rtpFrom(from, b, 0, false)
			if v == accept && from != described && (!nat || heard[from] < latchPackets) {
				t.Fatalf("accepted %s after %d packets, NAT %v", from, heard[from], nat)
			}
			if to := l.rtpTo(); to != described && (!nat || heard[to] < latchPackets) {
				t.Fatalf("sends to %s after %d packets, NAT %v", to, heard[to], nat)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(rtpPacket(0, 1, 2))
	f.Add(rtcpPacket(1))
	f.Add([]byte{0x9f, 0, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		classify(b)
		if _, ok := parseRTP(b); ok && len(b) < 12 {
			t.Fatal("short RTP passed")
		}
		if _, ok := parseRTCP(b); ok && len(b) < 8 {
			t.Fatal("short RTCP passed")
		}
	})
}

func TestSoundMayComeBeforeADescription(t *testing.T) {
	carrier, other := netip.MustParseAddrPort("203.0.113.77:30000"), netip.MustParseAddrPort("192.0.2.7:30000")
	awaiting := nattedPhone()
	for name, tc := range map[string]struct {
		steps  []step
		source netip.AddrPort
	}{
		"of the host of the signaling":     {run(natted, 7, 1, judging, judging, judging, accept, accept), natted},
		"of another one":                   {run(carrier, 7, 1, judging, judging, judging, accept), carrier},
		"the host of the signaling first":  {join(run(thief, 1, 2, judging, judging, judging), run(natted, 7, 1, judging), run(thief, 4, 2, stranger), run(natted, 8, 1, judging, judging, accept), run(thief, 5, 2, stranger)), natted},
		"two of whom nobody knows":         {join(run(thief, 1, 2, judging, judging), run(other, 7, 1, judging, judging), run(thief, 3, 2, judging, judging)), netip.AddrPort{}},
		"the signaling's net first":        {join(run(thief, 1, 2, judging, judging), run(carrier, 7, 1, judging, judging), run(thief, 3, 2, stranger), run(carrier, 9, 1, judging, accept)), carrier},
		"a payload type that none expects": {[]step{{carrier, 96, 1, 1, stranger}, {carrier, 96, 2, 1, stranger}}, netip.AddrPort{}},
	} {
		t.Run(name, func(t *testing.T) {
			var l latch
			l.await(awaiting)
			for i, s := range tc.steps {
				if got := l.rtpFrom(s.from, rtpPacket(s.pt, s.seq, s.ssrc), 0, false); got != s.want {
					t.Fatalf("packet %d of %s: verdict %d, want %d", i, s.from, got, s.want)
				}
			}
			if l.source != tc.source || l.rtpTo().IsValid() || l.rtcpTo().IsValid() {
				t.Errorf("source %s, want %s; sent to %s, %s, want nowhere", l.source, tc.source, l.rtpTo(), l.rtcpTo())
			}
			l.set(openPhone()) // decides anew
			if got := l.rtpFrom(carrier, rtpPacket(0, 20, 1), 0, false); got != stranger {
				t.Errorf("who is not described is still heard: verdict %d", got)
			}
			if got := l.rtpFrom(described, rtpPacket(0, 20, 1), 0, false); got != accept || l.rtpTo() != described {
				t.Errorf("who is described is not heard: verdict %d, to %s", got, l.rtpTo())
			}
			l.await(awaiting)
			if l.rtpTo() != described {
				t.Error("a description was forgotten")
			}
		})
	}
}
