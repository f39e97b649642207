package transport

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
)

// TestPlainSDESKeyThatComesBackTakesNoReplay: what was recorded under a key is
// refused when the far end returns to that key, and its counter goes on.
func TestPlainSDESKeyThatComesBackTakesNoReplay(t *testing.T) {
	first, second := sdes(sdp.AES128CMSHA80, "o", "t"), sdes(sdp.AES128CMSHA80, "o", "u")
	phone := newSecret(t, first.Theirs, first.Ours)
	other := newSecret(t, second.Theirs, second.Ours)
	pl, e := openSecured(t, addrOf(phone.UDPConn), first)
	to, _ := plainAddr(pl)
	heard := func(want int) {
		t.Helper()
		eventually(t, "a packet", func() bool { n, _ := e.heard(); return n == want })
	}
	var recorded [][]byte
	for _, seq := range []uint16{65000, 65500, 500} { // over the end of the numbers
		b := phone.sealed(rtpPacket(0, seq, 7))
		recorded = append(recorded, b)
		_, _ = phone.WriteToUDPAddrPort(b, to)
		heard(len(recorded))
	}
	describeTo(t, pl, addrOf(phone.UDPConn), second)
	_, _ = phone.WriteToUDPAddrPort(other.sealed(rtpPacket(0, 600, 7)), to)
	heard(4)
	describeTo(t, pl, addrOf(phone.UDPConn), first)
	for _, b := range recorded {
		_, _ = phone.WriteToUDPAddrPort(b, to)
	}
	eventually(t, "all refused", func() bool { c := pl.Counters(); return c.Replayed+c.Unauthentic == 3 })
	phone.send(to, rtpPacket(0, 501, 7))
	heard(5)
}

// TestPlainSDESFormerFarEndIsNotHeard: who was agreed on before, at another address and
// under another key, goes on sending: another fork of the call, a telephone that it was
// taken from.
func TestPlainSDESFormerFarEndIsNotHeard(t *testing.T) {
	first, second := sdes(sdp.AES128CMSHA80, "o", "t"), sdes(sdp.AES128CMSHA80, "o", "u")
	before, now := newSecret(t, first.Theirs, first.Ours), newSecret(t, second.Theirs, second.Ours)
	pl, e := openSecured(t, addrOf(before.UDPConn), first)
	to, _ := plainAddr(pl)
	before.send(to, rtpPacket(0, 1, 7))
	eventually(t, "a packet of the first", func() bool { n, _ := e.heard(); return n == 1 })
	describeTo(t, pl, addrOf(now.UDPConn), second)
	before.send(to, rtpPacket(0, 2, 7))
	eventually(t, "a refusal", func() bool { c := pl.Counters(); return c.Unauthentic+c.Stranger == 1 })
	now.send(to, rtpPacket(0, 1, 8))
	eventually(t, "a packet of the second", func() bool { n, _ := e.heard(); return n == 2 })
	if got := pl.Remote(); got != addrOf(now.UDPConn) {
		t.Errorf("sound goes to %v, want the second at %v", got, addrOf(now.UDPConn))
	}
}

// TestPlainSDESManySendersInOneLife: a telephone that takes another SSRC each time
// that it comes back from hold is still heard after a long day.
func TestPlainSDESManySendersInOneLife(t *testing.T) {
	s := sdes(sdp.AES128GCM, "o", "t")
	phone := newSecret(t, s.Theirs, s.Ours)
	pl, e := openSecured(t, addrOf(phone.UDPConn), s)
	to, _ := plainAddr(pl)
	for n := range 100 {
		phone.send(to, rtpPacket(0, 1, uint32(1000+n)))
		eventually(t, "a packet of each", func() bool { got, _ := e.heard(); return got == n+1 })
	}
}

func TestPlainSDESAllocatesNothingWhileAKeyChanges(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	first, second := sdes(sdp.AES128GCM, "o", "t"), sdes(sdp.AES128GCM, "o", "u")
	phone := newSecret(t, second.Theirs, second.Ours)
	ports := newTestPorts(t, PortsConfig{})
	pl, err := ports.Open(PlainConfig{Sink: &quiet{make(chan struct{}, 1)}})
	if err != nil {
		t.Fatal(err)
	}
	describeTo(t, pl, addrOf(phone.UDPConn), first)
	describeTo(t, pl, addrOf(phone.UDPConn), second)
	var sent [][]byte
	for seq := range uint16(300) {
		sent = append(sent, spare(phone.sealed(rtpPacket(0, seq, 7))))
	}
	i := 0
	g := pl.guard.Load()
	if n := testing.AllocsPerRun(200, func() {
		if _, err := g.open(g.former, g.in, sent[i], false); err != nil {
			t.Fatal(err)
		}
		i++
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// TestPlainSDESCounterUnderANewKey: after a new key some go on with the rollover counter
// (RFC 3711 §3.3.1), and some begin it anew (RFC 4568 §7.1.4). Both are heard, also where
// nothing was sent under the key between.
func TestPlainSDESCounterUnderANewKey(t *testing.T) {
	for _, suite := range []sdp.Suite{sdp.AES128CMSHA80, sdp.AES128GCM} {
		for name, c := range map[string]struct{ goesOn, twice bool }{
			"goes on": {goesOn: true}, "goes on, after two keys": {goesOn: true, twice: true}, "anew": {}, "anew, after two keys": {twice: true},
		} {
			t.Run(suite.String()+", "+name, func(t *testing.T) {
				first := sdes(suite, "o", "t")
				phone := newSecret(t, first.Theirs, first.Ours)
				pl, e := openSecured(t, addrOf(phone.UDPConn), first)
				to, _ := plainAddr(pl)
				want := 0
				hears := func(seq uint16) {
					t.Helper()
					sent := rtpPacket(0, seq, 7)
					phone.send(to, sent)
					want++
					eventually(t, "a packet", func() bool { n, _ := e.heard(); return n == want })
					if !bytes.Equal(e.rtpAt(want-1), sent) {
						t.Errorf("packet %d was changed", seq)
					}
				}
				for _, seq := range []uint16{40000, 65530, 5, 30000, 60000, 100} { // around twice
					hears(seq)
				}
				if c.twice {
					describeTo(t, pl, netip.AddrPort{}, sdes(suite, "o", "s")) // a hold
				}
				next := sdes(suite, "o", "u")
				describeTo(t, pl, addrOf(phone.UDPConn), next)
				phone.rekey(next.Theirs, next.Ours)
				if c.goesOn {
					phone.out.SetROC(7, 2)
				}
				for _, seq := range []uint16{101, 30000, 60000, 3} {
					hears(seq)
				}
				if c := pl.Counters(); c.Unauthentic+c.Replayed != 0 {
					t.Errorf("%d packets refused", c.Unauthentic+c.Replayed)
				}
			})
		}
	}
}
