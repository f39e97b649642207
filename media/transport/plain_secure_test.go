package transport

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"github.com/tandemgw/tandem/media/sdp"
)

// cryptoOf is a key of a suite, made of one octet.
func cryptoOf(s sdp.Suite, fill string) sdp.Crypto {
	key, salt := s.KeyLen()
	return sdp.Crypto{Tag: 1, Suite: s, Key: sdp.Secret(strings.Repeat(fill, key+salt))}
}

// secret is a phone with SRTP of its own.
type secret struct {
	*net.UDPConn
	t       *testing.T
	in, out *srtp.Context
}

func newSecret(t *testing.T, theirs, ours sdp.Crypto) *secret {
	t.Helper()
	s := &secret{UDPConn: socket(t), t: t}
	s.rekey(theirs, ours)
	return s
}

// rekey begins with new contexts; theirs are the phone's own.
func (s *secret) rekey(theirs, ours sdp.Crypto) {
	s.t.Helper()
	var err error
	if s.out, err = srtpContext(theirs); err != nil {
		s.t.Fatal(err)
	}
	if s.in, err = srtpContext(ours, srtp.SRTPReplayProtection(64)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *secret) sealed(b []byte) []byte {
	s.t.Helper()
	out, err := s.out.EncryptRTP(nil, b, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *secret) send(to netip.AddrPort, b []byte) {
	_, _ = s.WriteToUDPAddrPort(s.sealed(b), to)
}

func openSecured(t *testing.T, remote netip.AddrPort, s PlainSecurity) (*Plain, *ear) {
	t.Helper()
	e := &ear{}
	pl, err := newTestPorts(t, PortsConfig{}).Open(PlainConfig{Sink: e})
	if err != nil {
		t.Fatal(err)
	}
	describeTo(t, pl, remote, s)
	return pl, e
}

func describeTo(t *testing.T, pl *Plain, remote netip.AddrPort, s PlainSecurity) {
	t.Helper()
	r := PlainRemote{RTP: remote, Signaling: loopback, Security: s}
	r.PayloadTypes[0] = true
	if err := pl.SetRemote(r); err != nil {
		t.Fatal(err)
	}
}

func sdes(suite sdp.Suite, ours, theirs string) PlainSecurity {
	return PlainSecurity{Keying: sdp.SDES, Ours: cryptoOf(suite, ours), Theirs: cryptoOf(suite, theirs)}
}

func TestPlainSDESBothWaysInEachSuite(t *testing.T) {
	for _, suite := range []sdp.Suite{sdp.AES128CMSHA80, sdp.AES128CMSHA32, sdp.AES256CMSHA80, sdp.AES128GCM, sdp.AES256GCM} {
		t.Run(suite.String(), func(t *testing.T) {
			s := sdes(suite, "o", "t")
			phone := newSecret(t, s.Theirs, s.Ours)
			pl, e := openSecured(t, addrOf(phone.UDPConn), s)
			to, control := plainAddr(pl)
			sent := rtpPacket(0, 1, 7)
			phone.send(to, sent)
			eventually(t, "RTP heard", func() bool { n, _ := e.heard(); return n == 1 })
			if !bytes.Equal(e.rtpAt(0), sent) {
				t.Errorf("heard % x", e.rtpAt(0)[:20])
			}
			out := rtpPacket(0, 9, 8)
			if err := pl.WriteRTP(spare(out), nil); err != nil {
				t.Fatal(err)
			}
			got, _ := receive(t, phone.UDPConn)
			if bytes.Contains(got, out[12:60]) {
				t.Error("the sound is on the wire in the clear")
			}
			if clear, err := phone.in.DecryptRTP(nil, got, nil); err != nil || !bytes.Equal(clear, out) {
				t.Errorf("the phone reads % x, %v", clear, err)
			}
			report, err := phone.out.EncryptRTCP(nil, rtcpPacket(7), nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = phone.WriteToUDPAddrPort(report, control)
			eventually(t, "RTCP heard", func() bool { _, n := e.heard(); return n == 1 })
			if k, profile := pl.Secured(); k != sdp.SDES || profile != suite.String() {
				t.Errorf("Secured = %v, %q", k, profile)
			}
		})
	}
}

func TestPlainSDESTakesNothingInTheClear(t *testing.T) {
	s := sdes(sdp.AES128CMSHA80, "o", "t")
	phone := newSecret(t, s.Theirs, s.Ours)
	pl, e := openSecured(t, addrOf(phone.UDPConn), s)
	to, control := plainAddr(pl)
	_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, 1, 7), to) // from the right address
	_, _ = phone.WriteToUDPAddrPort(rtcpPacket(7), control)
	wrong := newSecret(t, cryptoOf(sdp.AES128CMSHA80, "x"), s.Ours)
	wrong.send(to, rtpPacket(0, 2, 7))
	phone.send(to, rtpPacket(0, 3, 7))
	eventually(t, "the real one heard", func() bool { n, _ := e.heard(); return n == 1 })
	eventually(t, "the others counted", func() bool {
		c := pl.Counters()
		return c.Unauthentic+c.Replayed == 3
	})
	if rtp, rtcp := e.heard(); rtp != 1 || rtcp != 0 {
		t.Errorf("heard %d and %d", rtp, rtcp)
	}
}

// A stranger who has keys for nothing gets nothing, however long he knocks, and
// takes nothing away; and whoever repeats what he has seen moves nothing.
func TestPlainSDESLatchesOnAuthenticPacketsOnly(t *testing.T) {
	s := sdes(sdp.AES128GCM, "o", "t")
	phone := newSecret(t, s.Theirs, s.Ours)
	described := netip.AddrPortFrom(netip.MustParseAddr("10.99.0.7"), 4000) // behind a NAT
	pl, e := openSecured(t, described, s)
	to, _ := plainAddr(pl)
	foe := socket(t)
	for i := range uint16(50) {
		_, _ = foe.WriteToUDPAddrPort(rtpPacket(0, i, 7), to)
	}
	eventually(t, "all refused", func() bool { c := pl.Counters(); return c.Unauthentic+c.Replayed+c.Stranger == 50 })
	if pl.Latched() {
		t.Fatal("latched on packets that prove nothing")
	}
	phone.send(to, rtpPacket(0, 100, 7)) // one is enough
	eventually(t, "the phone heard", func() bool { n, _ := e.heard(); return n == 1 })
	if pl.Remote() != addrOf(phone.UDPConn) {
		t.Errorf("sound goes to %s, not to the phone", pl.Remote())
	}
	copied := phone.sealed(rtpPacket(0, 101, 7))
	_, _ = foe.WriteToUDPAddrPort(copied, to) // seen on the way, and faster
	_, _ = phone.WriteToUDPAddrPort(copied, to)
	eventually(t, "the phone heard again", func() bool { n, _ := e.heard(); return n == 2 })
	if pl.Remote() != addrOf(phone.UDPConn) {
		t.Errorf("a copy from elsewhere has moved the sound to %s", pl.Remote())
	}
	_ = pl.WriteRTP(rtpPacket(0, 1, 8), nil)
	silent(t, foe)
}

func TestPlainSDESDropsReplays(t *testing.T) {
	s := sdes(sdp.AES128CMSHA80, "o", "t")
	phone := newSecret(t, s.Theirs, s.Ours)
	pl, e := openSecured(t, addrOf(phone.UDPConn), s)
	to, _ := plainAddr(pl)
	var all [][]byte
	for i := range uint16(600) {
		all = append(all, phone.sealed(rtpPacket(0, i, 7)))
	}
	for _, i := range []int{0, 400, 1, 400, 0, 599, 80, 88, 88} { // 80 is older than the window of 512
		_, _ = phone.WriteToUDPAddrPort(all[i], to)
	}
	eventually(t, "all judged", func() bool { n, _ := e.heard(); return n == 5 && pl.Counters().Replayed == 4 })
}

// The rollover counter outlives a new description with the same key, and a new key
// begins anew, in both directions, with a moment in which both are taken.
func TestPlainSDESKeepsItsCountersThroughReinvites(t *testing.T) {
	s := sdes(sdp.AES128CMSHA80, "o", "t")
	phone := newSecret(t, s.Theirs, s.Ours)
	pl, e := openSecured(t, addrOf(phone.UDPConn), s)
	to, _ := plainAddr(pl)
	heard := 0
	hears := func(what string) {
		t.Helper()
		heard++
		eventually(t, what, func() bool { n, _ := e.heard(); return n == heard })
	}
	phone.send(to, rtpPacket(0, 65530, 7))
	hears("before the wrap")
	phone.send(to, rtpPacket(0, 5, 7)) // the counter is 1 now
	hears("after the wrap")
	_ = pl.WriteRTP(rtpPacket(0, 65535, 8), nil)
	got, _ := receive(t, phone.UDPConn)
	if _, err := phone.in.DecryptRTP(nil, got, nil); err != nil {
		t.Fatal(err)
	}
	describeTo(t, pl, addrOf(phone.UDPConn), s) // a refresh
	describeTo(t, pl, netip.AddrPort{}, s)      // a hold
	describeTo(t, pl, addrOf(phone.UDPConn), s)
	phone.send(to, rtpPacket(0, 6, 7))
	hears("after re-INVITEs with the same key")
	_ = pl.WriteRTP(rtpPacket(0, 2, 8), nil) // ours has wrapped, too
	got, _ = receive(t, phone.UDPConn)
	if _, err := phone.in.DecryptRTP(nil, got, nil); err != nil {
		t.Errorf("our own counter was lost: %v", err)
	}

	late := phone.sealed(rtpPacket(0, 7, 7)) // on its way while the keys change
	newer := sdes(sdp.AES128CMSHA80, "O", "T")
	describeTo(t, pl, addrOf(phone.UDPConn), newer)
	phone.rekey(newer.Theirs, newer.Ours)
	phone.send(to, rtpPacket(0, 100, 7))
	hears("under the new key")
	_, _ = phone.WriteToUDPAddrPort(late, to)
	hears("a late one under the old key")
	_ = pl.WriteRTP(rtpPacket(0, 3, 8), nil)
	got, _ = receive(t, phone.UDPConn)
	if _, err := phone.in.DecryptRTP(nil, got, nil); err != nil {
		t.Errorf("ours is not under the new key: %v", err)
	}
	// Back to plain, and back to a key that was used: no two packets are alike.
	describeTo(t, pl, addrOf(phone.UDPConn), PlainSecurity{})
	describeTo(t, pl, addrOf(phone.UDPConn), newer)
	if pl.guard.Load().out.out != pl.sealed[1].keys.out || len(pl.sealed) != 2 {
		t.Error("a key of ours got a second context: packets would be encrypted alike")
	}
	phone.send(to, rtpPacket(0, 101, 7))
	hears("under the key that was used before")
	if n := pl.Counters().Replayed; n != 0 {
		t.Errorf("%d packets replayed", n)
	}
}

// A phone may name its key in every packet (RFC 3711 §3.1).
func TestPlainSDESReadsMasterKeyIdentifiers(t *testing.T) {
	s := sdes(sdp.AES128CMSHA80, "o", "t")
	s.Theirs.MKI = "\x00\x00\x00\x01"
	phone := newSecret(t, s.Theirs, s.Ours)
	pl, e := openSecured(t, addrOf(phone.UDPConn), s)
	to, _ := plainAddr(pl)
	sent := rtpPacket(0, 1, 7)
	phone.send(to, sent)
	eventually(t, "RTP heard", func() bool { n, _ := e.heard(); return n == 1 })
	if !bytes.Equal(e.rtpAt(0), sent) {
		t.Error("the packet was changed")
	}
	other := s.Theirs
	other.MKI = "\x00\x00\x00\x02"
	phone.rekey(other, s.Ours)
	phone.send(to, rtpPacket(0, 2, 7))
	eventually(t, "another identifier refused", func() bool { return pl.Counters().Unauthentic == 1 })
}

// Two packets that differ never go out under one number: the key stream would be
// given away.
func TestPlainSDESRelaysNoNumberTwice(t *testing.T) {
	s := sdes(sdp.AES128GCM, "o", "t")
	conn := socket(t)
	pl, _ := openSecured(t, addrOf(conn), s)
	for range 3 {
		if err := pl.RelayRTP(rtpPacket(0, 5, 8), nil); err != nil {
			t.Fatal(err)
		}
	}
	receive(t, conn)
	silent(t, conn)
	if c := pl.Counters(); c.PacketsOut != 1 || c.Unsendable != 2 {
		t.Errorf("%d sent, %d not", c.PacketsOut, c.Unsendable)
	}
}

func TestPlainSecuredNeedsRoom(t *testing.T) {
	s := sdes(sdp.AES128GCM, "o", "t")
	pl, _ := openSecured(t, addrOf(socket(t)), s)
	if err := pl.WriteRTP(rtpPacket(0, 1, 1)[:172:172], nil); err != ErrShortTail {
		t.Errorf("WriteRTP without room = %v", err)
	}
	bad := sdes(sdp.AES128GCM, "o", "t")
	bad.Theirs.Key = "short"
	if err := pl.SetRemote(PlainRemote{RTP: addrOf(socket(t)), Security: bad}); err == nil {
		t.Error("a key that is too short is taken")
	}
	if !sameKey(pl.guard.Load().security.Theirs, s.Theirs) {
		t.Error("a description that is refused has changed the keys")
	}
}

func TestPlainSecuredAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, suite := range []sdp.Suite{sdp.AES128GCM, sdp.AES128CMSHA80} {
		t.Run(suite.String(), func(t *testing.T) {
			s := sdes(suite, "o", "t")
			conn := socket(t)
			q := quiet{make(chan struct{}, 1)}
			pl, err := newTestPorts(t, PortsConfig{}).Open(PlainConfig{Sink: q})
			if err != nil {
				t.Fatal(err)
			}
			describeTo(t, pl, addrOf(conn), s)
			to, _ := plainAddr(pl)
			ctx, err := srtpContext(s.Theirs)
			if err != nil {
				t.Fatal(err)
			}
			var h rtp.Header
			b, seq := make([]byte, 172, 172+Tail), uint16(0)
			if n := testing.AllocsPerRun(200, func() {
				seq++
				b = b[:172]
				copy(b, []byte{0x80, 0, byte(seq >> 8), byte(seq), 0, 0, 0, 0, 0, 0, 0, 9})
				out, err := ctx.EncryptRTP(b[:0], b, &h)
				if err == nil {
					_, _ = conn.WriteToUDPAddrPort(out, to)
					<-q.n
				}
			}); n != 0 {
				t.Errorf("in: %v allocations a packet", n)
			}
			p, buf := rtpPacket(0, 1, 4242), make([]byte, 2048)
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			if n := testing.AllocsPerRun(200, func() {
				p[3]++
				_ = pl.WriteRTP(p, nil)
				_, _, _ = conn.ReadFromUDPAddrPort(buf)
			}); n != 0 {
				t.Errorf("out: %v allocations a packet", n)
			}
		})
	}
}

// The rules without sockets: who may prove himself, and who moves what.
func TestLatchOfEncryptedLegs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := netip.MustParseAddrPort
		home, near, far := a("203.0.113.5:4000"), a("203.0.113.5:9999"), a("198.51.100.1:4000")
		l := latch{}
		if l.mayProve(home, false, true, true) {
			t.Error("before anything is described")
		}
		l.set(PlainRemote{RTP: home, Signaling: home.Addr()})
		for from, want := range map[netip.AddrPort]bool{home: true, near: true, far: false} {
			if l.mayProve(from, false, true, true) != want {
				t.Errorf("%s may prove itself: %v", from, !want)
			}
		}
		l.proven(near, 7, false, true)
		if l.rtpTo() != near || l.mayProve(a("203.0.113.5:1"), false, true, false) || !l.mayProve(home, false, true, false) {
			t.Errorf("sound goes to %s", l.rtpTo())
		}
		if !l.mayProve(a("203.0.113.5:1"), false, true, true) {
			t.Error("a phone whose port has changed is not heard again")
		}
		l.proven(a("203.0.113.5:77"), 7, true, true)
		if l.rtpTo() != near {
			t.Error("a report has moved the sound")
		}
		if l.mayProve(far, true, false, true) || !l.mayProve(near, true, false, false) {
			t.Error("RTCP of its own port")
		}
		l.proven(a("203.0.113.5:78"), 7, true, false)
		if l.rtcpTo() != a("203.0.113.5:78") {
			t.Errorf("RTCP goes to %s", l.rtcpTo())
		}
	})
}

// A flood under ever new sources is counted and leaves nothing behind, and the
// sound between it goes on (ES2021-09).
func TestPlainSDESBearsAFlood(t *testing.T) {
	for _, suite := range []sdp.Suite{sdp.AES128GCM, sdp.AES128CMSHA80} {
		s := sdes(suite, "o", "t")
		phone, foe := newSecret(t, s.Theirs, s.Ours), socket(t)
		pl, e := openSecured(t, addrOf(phone.UDPConn), s)
		to, control := plainAddr(pl)
		for i := range uint16(20) {
			for j := range uint32(50) { // from the phone's own address, as whoever forges it sends
				_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, i, uint32(i)*1000+j), to)
				_, _ = foe.WriteToUDPAddrPort(rtcpPacket(j), control)
			}
			phone.send(to, rtpPacket(0, i, 7))
			eventually(t, "the phone heard", func() bool { n, _ := e.heard(); return n == int(i)+1 })
		}
		if _, rtcp := e.heard(); rtcp != 0 {
			t.Errorf("%v: %d reports of a stranger heard", suite, rtcp)
		}
		pl.sinkMu.Lock()
		if n := len(pl.guard.Load().in.streams.all) + len(pl.guard.Load().in.controls.all); n != 1 {
			t.Errorf("%v: %d sources are kept", suite, n)
		}
		pl.sinkMu.Unlock()
		silent(t, foe)
	}
}
