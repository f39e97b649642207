package transport

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/pion/srtp/v3"
)

// relay is a Sink that sends what it is given on to another leg, as a call does.
type relay struct{ to Wire }

func (r relay) RTP(b []byte, _ int64, q *Batch) { _ = r.to.RelayRTP(b, q) }
func (r relay) RTCP([]byte, int64)              {}

// hostile are datagrams that nobody in a call sends.
func hostile() map[string][]byte {
	wrongVersion, long := rtpPacket(0, 9, 7), make([]byte, maxPacket+100)
	wrongVersion[0] = 0x40
	long[0] = 0x80
	sources, extension := rtpPacket(0, 9, 7)[:13], rtpPacket(0, 9, 7)[:18]
	sources[0], extension[0] = 0x8f, 0x90
	binary.BigEndian.PutUint16(extension[14:], 0xffff)
	return map[string][]byte{
		"empty":                   {},
		"one octet":               {0x80},
		"half a header":           rtpPacket(0, 9, 7)[:11],
		"wrong version":           wrongVersion,
		"too long":                long,
		"sources beyond the end":  sources,
		"extension beyond it":     extension,
		"text":                    []byte("OPTIONS sip:a@b SIP/2.0\r\n\r\n"),
		"zeros":                   make([]byte, 200),
		"RTCP longer than itself": {0x80, 200, 0xff, 0xff, 0, 0, 0, 1},
		"STUN without attributes": {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"a ClientHello":           clientHello,
		"RTP":                     rtpPacket(0, 9, 7),
		"RTCP":                    rtcpPacket(8),
		"another SSRC":            rtpPacket(0, 9, 8),
		"a far sequence number":   rtpPacket(0, 40000, 7),
		"an unknown payload type": rtpPacket(99, 9, 7),
	}
}

// dropped is how many packets a leg has refused, whatever the reason.
func (c Counters) dropped() uint64 {
	return c.Malformed + c.NotReady + c.Replayed + c.Unauthentic + c.Stranger + c.Probation + c.RTCPStranger + c.TooLong
}

// TestHostilePacketsOnPlainPorts: from a stranger, on both ports of a call that is
// under way, all is counted, nothing heard, nothing answered, and the call goes on.
func TestHostilePacketsOnPlainPorts(t *testing.T) {
	phone, stranger := socket(t), socket(t)
	pl, e := openPlain(t, addrOf(phone), loopback)
	rtp, rtcp := plainAddr(pl)
	_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, 1, 7), rtp)
	eventually(t, "a packet of the phone's", func() bool { n, _ := e.heard(); return n == 1 })
	sent := uint64(0)
	for _, b := range hostile() {
		for _, to := range []netip.AddrPort{rtp, rtcp} {
			if _, err := stranger.WriteToUDPAddrPort(b, to); err != nil {
				t.Fatal(err)
			}
			sent++
		}
	}
	eventually(t, "all counted", func() bool { return pl.Counters().dropped() == sent })
	silent(t, stranger)
	if n, m := e.heard(); n != 1 || m != 0 {
		t.Errorf("heard %d and %d packets, want the phone's alone", n, m)
	}
	if pl.Remote() != addrOf(phone) {
		t.Errorf("sends to %s now", pl.Remote())
	}
	_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, 2, 7), rtp)
	eventually(t, "the next packet of the phone's", func() bool { n, _ := e.heard(); return n == 2 })
}

// TestHostilePacketsOnTheBrowsersPort is the same, from a stranger and in the
// name of a browser whose address is known.
func TestHostilePacketsOnTheBrowsersPort(t *testing.T) {
	m := newTestMux(t, MuxConfig{Sockets: 1})
	e := &ear{}
	p, err := m.NewPeer(PeerConfig{Sink: e})
	if err != nil {
		t.Fatal(err)
	}
	far, stranger := newFarEnd(t, m, p, srtp.ProtectionProfileAeadAes128Gcm), socket(t)
	_, _ = far.conn.WriteToUDPAddrPort(far.next(), far.to)
	eventually(t, "a packet of the browser's", func() bool { n, _ := e.heard(); return n == 1 })
	for _, b := range hostile() {
		for range 2 {
			_, _ = stranger.WriteToUDPAddrPort(b, far.to)
			_, _ = far.conn.WriteToUDPAddrPort(b, far.to)
		}
	}
	_, _ = far.conn.WriteToUDPAddrPort(far.next(), far.to)
	eventually(t, "the next packet of the browser's", func() bool { n, _ := e.heard(); return n == 2 })
	silent(t, stranger)
	c := m.Counters()
	if c.TooLong != 4 || c.MediaStranger == 0 || c.DTLSStranger != 2 || c.STUNUnknown != 4 || c.Unclassified == 0 {
		t.Errorf("%+v", c)
	}
	if n, k := e.heard(); n != 2 || k != 0 {
		t.Errorf("heard %d and %d packets", n, k)
	}
	if got := p.Stats().Counters; got.Unauthentic == 0 || got.Malformed == 0 {
		t.Errorf("%+v", got)
	}
}

// TestBurstsAreRelayedWhole sends many more packets at a time than a reader takes
// by one system call, from several legs at once, each to a browser and back.
func TestBurstsAreRelayedWhole(t *testing.T) {
	const legs, packets = 5, 100
	m, ports := newTestMux(t, MuxConfig{}), newTestPorts(t, PortsConfig{})
	for range legs {
		phone, back := socket(t), &ear{}
		var pl *Plain
		p, err := m.NewPeer(PeerConfig{Sink: back})
		if err != nil {
			t.Fatal(err)
		}
		far := newFarEnd(t, m, p, srtp.ProtectionProfileAeadAes128Gcm)
		p.flow.Store(&target{addr: addrOf(far.conn), via: m.v4[0]})
		if pl, err = ports.Open(PlainConfig{Sink: relay{p}}); err != nil {
			t.Fatal(err)
		}
		if err := pl.SetRemote(PlainRemote{RTP: addrOf(phone), Signaling: loopback}); err != nil {
			t.Fatal(err)
		}
		to, _ := plainAddr(pl)
		for seq := range uint16(packets) {
			_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, seq, 7), to)
		}
		for seq := range uint16(packets) {
			b, _ := receive(t, far.conn)
			if got := binary.BigEndian.Uint16(b[2:]); got != seq {
				t.Fatalf("packet %d came where %d was due", got, seq)
			}
		}
		for range packets {
			_, _ = far.conn.WriteToUDPAddrPort(far.next(), far.to)
		}
		eventually(t, "all of the browser's packets", func() bool { n, _ := back.heard(); return n == packets })
		if c := p.Stats().Counters; c.PacketsOut != packets || c.WriteErrors != 0 {
			t.Errorf("%+v", c)
		}
	}
}

// TestOneBusyPortDoesNotSilenceOthers floods one port and calls on another.
func TestOneBusyPortDoesNotSilenceOthers(t *testing.T) {
	flood, phone := socket(t), socket(t)
	ports := newTestPorts(t, PortsConfig{})
	e := &ear{}
	busy, err := ports.Open(PlainConfig{Sink: &ear{}})
	if err != nil {
		t.Fatal(err)
	}
	pl, err := ports.Open(PlainConfig{Sink: e})
	if err != nil {
		t.Fatal(err)
	}
	if err := pl.SetRemote(PlainRemote{RTP: addrOf(phone), Signaling: loopback}); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		to, _ := plainAddr(busy)
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = flood.WriteToUDPAddrPort(rtpPacket(0, 1, 1), to)
			}
		}
	}()
	to, _ := plainAddr(pl)
	eventually(t, "fifty packets beside the flood", func() bool {
		n, _ := e.heard()
		_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, uint16(n), 7), to)
		return n >= 50
	})
	close(stop)
	<-stopped
}
