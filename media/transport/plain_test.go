package transport

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"
)

// openPlain opens a leg whose far end is described as remote.
func openPlain(t *testing.T, remote netip.AddrPort, signaling netip.Addr) (*Plain, *ear) {
	t.Helper()
	e := &ear{}
	pl, err := newTestPorts(t, PortsConfig{}).Open(PlainConfig{Sink: e})
	if err != nil {
		t.Fatal(err)
	}
	r := PlainRemote{RTP: remote, Signaling: signaling}
	r.PayloadTypes[0] = true
	pl.SetRemote(r)
	return pl, e
}

func plainAddr(p *Plain) (rtp, rtcp netip.AddrPort) {
	a, b := p.Port()
	return netip.AddrPortFrom(loopback, a), netip.AddrPortFrom(loopback, b)
}

func TestPlainBothWays(t *testing.T) {
	phone := socket(t)
	pl, e := openPlain(t, addrOf(phone), loopback)
	to, _ := plainAddr(pl)
	if pl.LastHeard() != 0 {
		t.Error("heard before anything came")
	}
	sent := rtpPacket(0, 1, 7)
	if _, err := phone.WriteToUDPAddrPort(sent, to); err != nil {
		t.Fatal(err)
	}
	eventually(t, "RTP heard", func() bool { n, _ := e.heard(); return n == 1 })
	if !bytes.Equal(e.rtpAt(0), sent) {
		t.Error("the packet was changed")
	}
	if !pl.Latched() || pl.LastHeard() == 0 {
		t.Errorf("Latched() = %v, LastHeard() = %d", pl.Latched(), pl.LastHeard())
	}
	out := rtpPacket(0, 9, 8)
	if err := pl.WriteRTP(spare(out), nil); err != nil {
		t.Fatal(err)
	}
	got, from := receive(t, phone)
	if !bytes.Equal(got, out) || from != to {
		t.Errorf("%d octets from %s, want %d from %s", len(got), from, len(out), to)
	}
	if e.short || e.overlap {
		t.Errorf("room missing: %v, overlapping: %v", e.short, e.overlap)
	}
}

func TestPlainRTCPBothWays(t *testing.T) {
	phone, control := socket(t), socket(t)
	pl, e := openPlain(t, addrOf(phone), loopback)
	_, to := plainAddr(pl)
	r := PlainRemote{RTP: addrOf(phone), RTCP: addrOf(control), Signaling: loopback}
	pl.SetRemote(r)
	_, _ = control.WriteToUDPAddrPort(rtcpPacket(7), to)
	eventually(t, "RTCP heard", func() bool { _, n := e.heard(); return n == 1 })
	if err := pl.WriteRTCP(rtcpPacket(8)); err != nil {
		t.Fatal(err)
	}
	if got, from := receive(t, control); !bytes.Equal(got, rtcpPacket(8)) || from != to {
		t.Errorf("got %x from %s", got, from)
	}
}

func TestPlainMuxedRTCP(t *testing.T) {
	phone := socket(t)
	pl, e := openPlain(t, addrOf(phone), loopback)
	r := PlainRemote{RTP: addrOf(phone), Mux: true, Signaling: loopback}
	pl.SetRemote(r)
	to, _ := plainAddr(pl)
	_, _ = phone.WriteToUDPAddrPort(rtcpPacket(7), to)
	eventually(t, "RTCP heard", func() bool { _, n := e.heard(); return n == 1 })
	_ = pl.WriteRTCP(rtcpPacket(8))
	if got, from := receive(t, phone); !bytes.Equal(got, rtcpPacket(8)) || from != to {
		t.Errorf("got %x from %s", got, from)
	}
}

// TestPlainStrangers sprays a leg with RTP and RTCP of a stranger, before and
// while its phone speaks. Nothing of it may be heard and nothing sent to it.
func TestPlainStrangers(t *testing.T) {
	phone, foe := socket(t), socket(t)
	pl, e := openPlain(t, addrOf(phone), loopback)
	to, toControl := plainAddr(pl)
	spray := func(seq uint16) {
		for i := range uint16(20) {
			_, _ = foe.WriteToUDPAddrPort(rtpPacket(0, seq+i, 666), to)
			_, _ = foe.WriteToUDPAddrPort(rtcpPacket(666), toControl)
			_, _ = foe.WriteToUDPAddrPort(rtcpPacket(7), toControl)
			_, _ = foe.WriteToUDPAddrPort(rtcpPacket(7)[:5], toControl)
			_ = pl.WriteRTP(rtpPacket(0, i, 1), nil)
			_ = pl.WriteRTCP(rtcpPacket(1))
		}
	}
	spray(0)
	_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, 50, 77), to)
	eventually(t, "the phone heard", func() bool { n, _ := e.heard(); return n == 1 })
	spray(100)
	_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, 51, 77), to)
	eventually(t, "the phone heard again", func() bool { n, _ := e.heard(); return n >= 2 })
	if rtp, rtcp := e.heard(); rtp != 2 || rtcp != 0 {
		t.Errorf("heard %d RTP and %d RTCP packets, want 2 and 0", rtp, rtcp)
	}
	eventually(t, "all counted", func() bool {
		c := pl.Counters()
		return c.Stranger == 40 && c.RTCPStranger == 80 && c.Malformed == 40
	})
	silent(t, foe)
}

func TestPlainOfBothFamilies(t *testing.T) {
	ports := newTestPorts(t, PortsConfig{Addr: netip.IPv6Unspecified()})
	for _, host := range []netip.Addr{loopback, netip.IPv6Loopback()} {
		phone, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, 0)))
		if err != nil {
			t.Fatal(err)
		}
		defer phone.Close()
		e := &ear{}
		pl, err := ports.Open(PlainConfig{Sink: e})
		if err != nil {
			t.Fatal(err)
		}
		pl.SetRemote(PlainRemote{RTP: addrOf(phone), Signaling: host})
		port, _ := pl.Port()
		_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, 1, 7), netip.AddrPortFrom(host, port))
		eventually(t, "RTP heard", func() bool { n, _ := e.heard(); return n == 1 })
		if err := pl.WriteRTP(rtpPacket(0, 1, 8), nil); err != nil {
			t.Fatal(err)
		}
		receive(t, phone)
	}
}

func TestPlainLearnsThroughNAT(t *testing.T) {
	phone := socket(t)
	pl, e := openPlain(t, netip.MustParseAddrPort("127.0.0.77:4000"), loopback)
	to, _ := plainAddr(pl)
	for seq := range uint16(5) {
		_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, seq, 7), to)
	}
	eventually(t, "latched", func() bool { n, _ := e.heard(); return n == 2 })
	if pl.Remote() != addrOf(phone) {
		t.Errorf("Remote() = %s, want %s", pl.Remote(), addrOf(phone))
	}
	if c := pl.Counters(); c.Probation != 3 {
		t.Errorf("%d packets on probation, want 3", c.Probation)
	}
}

func TestPlainNeverSendsTo(t *testing.T) {
	ports := newTestPorts(t, PortsConfig{Own: func(a netip.AddrPort) bool { return a.Port() == 7700 }})
	pl, err := ports.Open(PlainConfig{Sink: &ear{}})
	if err != nil {
		t.Fatal(err)
	}
	own, _ := plainAddr(pl)
	for _, a := range []netip.AddrPort{
		own,
		netip.MustParseAddrPort("127.0.0.1:0"),
		netip.MustParseAddrPort("224.0.0.1:4000"),
		netip.MustParseAddrPort("255.255.255.255:4000"),
		netip.MustParseAddrPort("[ff02::1]:4000"),
		netip.MustParseAddrPort("[::ffff:239.1.1.1]:4000"),
		netip.MustParseAddrPort("127.0.0.1:7700"),
	} {
		before := pl.Counters().Unsendable
		pl.SetRemote(PlainRemote{RTP: a, RTCP: a, Signaling: loopback})
		if err := pl.WriteRTP(rtpPacket(0, 1, 1), nil); err != nil {
			t.Errorf("%s: %v", a, err)
		}
		if err := pl.WriteRTCP(rtcpPacket(1)); err != nil {
			t.Errorf("%s: %v", a, err)
		}
		if got := pl.Counters().Unsendable - before; got != 2 {
			t.Errorf("%s: %d of 2 packets refused", a, got)
		}
	}
	if c := pl.Counters(); c.PacketsOut != 0 || c.RTCPOut != 0 {
		t.Errorf("sent %d and %d", c.PacketsOut, c.RTCPOut)
	}
}

func TestPlainRefusesMalformedWrites(t *testing.T) {
	phone := socket(t)
	pl, _ := openPlain(t, addrOf(phone), loopback)
	if err := pl.WriteRTP([]byte{0x80, 0}, nil); err == nil {
		t.Error("wrote two octets as RTP")
	}
	if err := pl.WriteRTCP([]byte{0x80, 200}); err == nil {
		t.Error("wrote two octets as RTCP")
	}
}

// quiet is a Sink that counts without keeping.
type quiet struct{ n chan struct{} }

func (q quiet) RTP([]byte, int64, *Batch) { q.n <- struct{}{} }
func (q quiet) RTCP([]byte, int64)        {}

func TestPlainAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	phone := socket(t)
	q := quiet{make(chan struct{}, 1)}
	pl, err := newTestPorts(t, PortsConfig{}).Open(PlainConfig{Sink: q})
	if err != nil {
		t.Fatal(err)
	}
	pl.SetRemote(PlainRemote{RTP: addrOf(phone), Signaling: loopback})
	to, _ := plainAddr(pl)
	b, buf := rtpPacket(0, 1, 7), make([]byte, 2048)
	_ = phone.SetReadDeadline(time.Now().Add(patience))
	if n := testing.AllocsPerRun(200, func() {
		_, _ = phone.WriteToUDPAddrPort(b, to)
		<-q.n
	}); n != 0 {
		t.Errorf("in: %v allocations a packet", n)
	}
	if n := testing.AllocsPerRun(200, func() {
		_ = pl.WriteRTP(b, nil)
		_, _, _ = phone.ReadFromUDPAddrPort(buf)
	}); n != 0 {
		t.Errorf("out: %v allocations a packet", n)
	}
}
