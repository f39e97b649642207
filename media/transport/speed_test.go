package transport

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// pairedKeys returns the keys of a peer and the context of its far end for
// what it sends.
func pairedKeys(t testing.TB, profile srtp.ProtectionProfile) (*keys, *srtp.Context) {
	t.Helper()
	keyLen, err := profile.KeyLen()
	if err != nil {
		t.Fatal(err)
	}
	saltLen, err := profile.SaltLen()
	if err != nil {
		t.Fatal(err)
	}
	master := func(first byte) []byte {
		key := make([]byte, keyLen)
		key[0] = first
		return key
	}
	context := func(first byte) *srtp.Context {
		c, err := srtp.CreateContext(master(first), make([]byte, saltLen), profile, srtp.SRTPReplayProtection(replayWindow))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	k := &keys{}
	if err := errors.Join(k.opens(profile, master(1), make([]byte, saltLen)), k.seals(profile, master(2), make([]byte, saltLen))); err != nil {
		t.Fatal(err)
	}
	return k, context(1)
}

// farEnd is a socket whose address a peer has been made to believe in.
type farEnd struct {
	conn   *net.UDPConn
	to     netip.AddrPort
	out    *srtp.Context
	header rtp.Header
	packet []byte
	seq    uint16
}

func newFarEnd(t testing.TB, m *Mux, p *Peer, profile srtp.ProtectionProfile) *farEnd {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	f := &farEnd{conn: conn, to: m.Addrs()[0], packet: make([]byte, 172, 172+Tail)}
	k, out := pairedKeys(t, profile)
	f.out = out
	p.keys.Store(k)
	p.flow.Store(&target{addr: addrOf(conn)})
	m.flows.claim(addrOf(conn), p, true)
	t.Cleanup(func() { m.flows.release(addrOf(conn), p) })
	return f
}

// next is the next packet, encrypted, in a buffer used again and again.
func (f *farEnd) next() []byte {
	f.seq++
	b := f.packet[:172]
	copy(b, []byte{0x80, 111, byte(f.seq >> 8), byte(f.seq), 0, 0, 0, 0, 0, 0, 0, 9})
	out, err := f.out.EncryptRTP(b[:0], b, &f.header)
	if err != nil {
		return nil
	}
	return out
}

func TestPeerAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, profile := range []srtp.ProtectionProfile{srtp.ProtectionProfileAeadAes128Gcm, srtp.ProtectionProfileAes128CmHmacSha1_80} {
		t.Run(profile.String(), func(t *testing.T) {
			m := newTestMux(t, MuxConfig{Sockets: 1})
			q := quiet{make(chan struct{}, 1)}
			p, err := m.NewPeer(PeerConfig{Sink: q})
			if err != nil {
				t.Fatal(err)
			}
			far := newFarEnd(t, m, p, profile)
			if n := testing.AllocsPerRun(200, func() {
				_, _ = far.conn.WriteToUDPAddrPort(far.next(), far.to)
				<-q.n
			}); n != 0 {
				t.Errorf("in: %v allocations a packet", n)
			}
			b, buf := rtpPacket(111, 1, 4242), make([]byte, 2048)
			_ = far.conn.SetReadDeadline(time.Now().Add(patience))
			if n := testing.AllocsPerRun(200, func() {
				b[3]++
				_ = p.WriteRTP(b, nil)
				_, _, _ = far.conn.ReadFromUDPAddrPort(buf)
			}); n != 0 {
				t.Errorf("out: %v allocations a packet", n)
			}
			control := rtcpPacket(4242)
			if n := testing.AllocsPerRun(200, func() {
				_ = p.WriteRTCP(control)
				_, _, _ = far.conn.ReadFromUDPAddrPort(buf)
			}); n != 0 {
				t.Errorf("RTCP out: %v allocations a packet", n)
			}
			if c := p.Stats().Counters; c.PacketsIn < 200 || c.PacketsOut < 200 || c.RTCPOut < 200 {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestReplayedPacketsAreDropped(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	e := &ear{}
	p, err := m.NewPeer(PeerConfig{Sink: e})
	if err != nil {
		t.Fatal(err)
	}
	far := newFarEnd(t, m, p, srtp.ProtectionProfileAeadAes128Gcm)
	var sent [][]byte
	for range replayWindow + 10 {
		sent = append(sent, append([]byte(nil), far.next()...))
	}
	for _, i := range []int{0, 1, 1, 5, 3, replayWindow, 6, 2, replayWindow + 5, 4} {
		m.take(datagram{b: spare(sent[i]), from: addrOf(far.conn)}, nil)
	}
	// Heard: 0 1 5 3 512 6 2 517; dropped: 1 again, 4 as too late.
	if n, _ := e.heard(); n != 8 || p.Stats().Counters.Replayed != 2 {
		t.Errorf("heard %d, replayed %d", n, p.Stats().Counters.Replayed)
	}
}

func TestSSRCChurnDoesNotGrow(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	e := &ear{}
	p, err := m.NewPeer(PeerConfig{Sink: e})
	if err != nil {
		t.Fatal(err)
	}
	far := newFarEnd(t, m, p, srtp.ProtectionProfileAeadAes128Gcm)
	for ssrc := range uint32(1000) {
		b := rtpPacket(111, 1, ssrc)
		out, err := far.out.EncryptRTP(nil, b, nil)
		if err != nil {
			t.Fatal(err)
		}
		m.take(datagram{b: spare(out), from: addrOf(far.conn)}, nil)
	}
	if n, _ := e.heard(); n != maxSSRCs || p.Stats().Counters.Stranger != 1000-maxSSRCs {
		t.Errorf("heard %d SSRCs, refused %d packets", n, p.Stats().Counters.Stranger)
	}
}

// FuzzDemultiplex gives the port arbitrary datagrams, from a stranger and from
// the address of a peer.
func FuzzDemultiplex(f *testing.F) {
	f.Add(clientHello)
	f.Add(rtpPacket(0, 1, 2))
	f.Add(rtcpPacket(1))
	f.Add([]byte{0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 6, 0, 3, 'a', ':', 'b', 0})
	f.Add([]byte{1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	m := newTestMux(f, MuxConfig{Sockets: 1})
	e := &ear{}
	p, err := m.NewPeer(PeerConfig{Sink: e})
	if err != nil {
		f.Fatal(err)
	}
	far := newFarEnd(f, m, p, srtp.ProtectionProfileAeadAes128Gcm)
	stranger := netip.MustParseAddrPort("127.0.0.9:9")
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > maxPacket {
			return
		}
		m.take(datagram{spare(b), stranger, m.v4[0]}, nil)
		m.take(datagram{spare(b), addrOf(far.conn), m.v4[0]}, nil)
		named := append([]byte(nil), b...)
		if p, ok := peekSTUN(named); ok && len(p.username) >= 9 {
			copy(p.username, m.anyFrag()+":")
			m.take(datagram{spare(named), stranger, m.v4[0]}, nil)
		}
		if rtp, rtcp := e.heard(); rtp+rtcp != 0 {
			t.Fatal("something passed without a key")
		}
		readRecords(b)
	})
}

// anyFrag is one of the user fragments in use.
func (m *Mux) anyFrag() string {
	m.frags.mu.RLock()
	defer m.frags.mu.RUnlock()
	for f := range m.frags.sessions {
		return f
	}
	return ""
}

func benchmarkKeys(b *testing.B, work func(k *keys, far *farEnd)) {
	for _, profile := range []srtp.ProtectionProfile{srtp.ProtectionProfileAeadAes128Gcm, srtp.ProtectionProfileAes128CmHmacSha1_80} {
		b.Run(profile.String(), func(b *testing.B) {
			k, out := pairedKeys(b, profile)
			far := &farEnd{out: out, packet: make([]byte, 172, 172+Tail)}
			b.ReportAllocs()
			for b.Loop() {
				work(k, far)
			}
		})
	}
}

// BenchmarkSRTPToRTP is one packet encrypted by the far end and decrypted here.
func BenchmarkSRTPToRTP(b *testing.B) {
	benchmarkKeys(b, func(k *keys, far *farEnd) {
		if _, err := k.openRTP(far.next()); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkRTPToSRTP is one packet encrypted here.
func BenchmarkRTPToSRTP(b *testing.B) {
	p := rtpPacket(111, 0, 4242)
	benchmarkKeys(b, func(k *keys, _ *farEnd) {
		p[3]++
		if _, err := k.sealRTP(p); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkPeerLoop is one packet from a far end's socket to the sink.
func BenchmarkPeerLoop(b *testing.B) {
	m := newTestMux(b, MuxConfig{Sockets: 1})
	q := quiet{make(chan struct{}, 1)}
	p, err := m.NewPeer(PeerConfig{Sink: q})
	if err != nil {
		b.Fatal(err)
	}
	far := newFarEnd(b, m, p, srtp.ProtectionProfileAeadAes128Gcm)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = far.conn.WriteToUDPAddrPort(far.next(), far.to)
		<-q.n
	}
}

// BenchmarkFindFlow is looking up the owner of a packet among 10000.
func BenchmarkFindFlow(b *testing.B) {
	table, p := newFlowTable(8192), &Peer{}
	var all []netip.AddrPort
	for i := range 10000 {
		a := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), uint16(i))
		all = append(all, a)
		table.claim(a, p, false)
	}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		if table.find(all[i%len(all)]) == nil {
			b.Fatal("lost")
		}
	}
}
