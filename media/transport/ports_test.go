package transport

import (
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func newTestPorts(t *testing.T, c PortsConfig) *Ports {
	t.Helper()
	if !c.Addr.IsValid() {
		c.Addr = loopback
	}
	if c.Min == 0 {
		c.Min, c.Max = 27000, 27999
	}
	p, err := NewPorts(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestPortRestsAfterUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPortList(40000, 40007, 30*time.Second)
		var taken []uint16
		for range 4 {
			p, ok := l.take(time.Now())
			if !ok || p%2 != 0 || p < 40000 || p > 40006 {
				t.Fatalf("take() = %d, %v", p, ok)
			}
			taken = append(taken, p)
		}
		if p, ok := l.take(time.Now()); ok {
			t.Fatalf("took a fifth port of four: %d", p)
		}
		l.put(taken[1], time.Now(), true)
		time.Sleep(20 * time.Second)
		l.put(taken[3], time.Now(), false)
		time.Sleep(10*time.Second - time.Nanosecond)
		if p, ok := l.take(time.Now()); !ok || p != taken[3] {
			t.Errorf("take() = %d, %v, want %d, since %d has not rested", p, ok, taken[3], taken[1])
		}
		time.Sleep(time.Nanosecond)
		if p, ok := l.take(time.Now()); !ok || p != taken[1] {
			t.Errorf("take() = %d, %v, want %d", p, ok, taken[1])
		}
	})
}

// Ten thousand short calls in a minute use more ports than there are.
func TestPortsThatRestAreTakenBeforeCallsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPortList(40000, 40003, 30*time.Second)
		a, _ := l.take(time.Now())
		b, _ := l.take(time.Now())
		l.put(b, time.Now(), true)
		time.Sleep(time.Second)
		l.put(a, time.Now(), true)
		time.Sleep(time.Second - time.Nanosecond)
		if p, ok := l.take(time.Now()); ok {
			t.Errorf("took %d after less than %v", p, quietRest)
		}
		time.Sleep(time.Nanosecond)
		if p, ok := l.take(time.Now()); !ok || p != b {
			t.Errorf("take() = %d, %v, want %d, which has rested longest", p, ok, b)
		}
		if p, ok := l.take(time.Now()); ok {
			t.Errorf("took %d after less than %v", p, quietRest)
		}
	})
}

func TestQuietPortRestsOnlyShortly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPortList(40000, 40003, 30*time.Second)
		a, _ := l.take(time.Now())
		b, _ := l.take(time.Now())
		l.put(b, time.Now(), false)
		time.Sleep(time.Second)
		l.put(a, time.Now(), true)
		time.Sleep(quietRest - time.Second - time.Nanosecond)
		if p, ok := l.take(time.Now()); ok {
			t.Errorf("took %d before it had rested", p)
		}
		time.Sleep(time.Nanosecond)
		if p, ok := l.take(time.Now()); !ok || p != b {
			t.Errorf("take() = %d, %v, want the quiet %d", p, ok, b)
		}
		if p, ok := l.take(time.Now()); ok {
			t.Errorf("took %d before it had rested", p)
		}
	})
}

func TestPortWithPacketsRestsLonger(t *testing.T) {
	p := newTestPorts(t, PortsConfig{Min: 28200, Max: 28203, Rest: time.Hour})
	pl, err := p.Open(PlainConfig{Sink: &ear{}})
	if err != nil {
		t.Fatal(err)
	}
	pl.SetRemote(PlainRemote{RTP: netip.AddrPortFrom(loopback, 28999)})
	if err := pl.WriteRTP(append(make([]byte, 0, 12+Tail), 0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1), nil); err != nil {
		t.Fatal(err)
	}
	_ = pl.Close()
	quiet, err := p.Open(PlainConfig{Sink: &ear{}})
	if err != nil {
		t.Fatal(err)
	}
	_ = quiet.Close()
	if p.list.heard.count != 1 || p.list.quiet.count != 1 {
		t.Errorf("%d ports rest long and %d shortly, want one each", p.list.heard.count, p.list.quiet.count)
	}
}

func TestPortListIsShuffled(t *testing.T) {
	l := newPortList(20000, 29999, 0)
	if l.count() != 5000 {
		t.Fatalf("%d ports, want 5000", l.count())
	}
	ordered := 0
	for i := 1; i < len(l.quiet.ring); i++ {
		if l.quiet.ring[i].port == l.quiet.ring[i-1].port+2 {
			ordered++
		}
	}
	if ordered > 50 {
		t.Errorf("%d neighbors of 5000 are in order", ordered)
	}
}

func TestPortsEvenAndOdd(t *testing.T) {
	p := newTestPorts(t, PortsConfig{})
	pl, err := p.Open(PlainConfig{Sink: &ear{}})
	if err != nil {
		t.Fatal(err)
	}
	rtp, rtcp := pl.Port()
	if rtp%2 != 0 || rtcp != rtp+1 {
		t.Errorf("Port() = %d, %d", rtp, rtcp)
	}
	if !p.Owns(netip.AddrPortFrom(loopback, rtcp)) {
		t.Error("Owns() does not know an open port")
	}
	if err := pl.Close(); err != nil {
		t.Error(err)
	}
	if err := pl.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if p.Owns(netip.AddrPortFrom(loopback, rtp)) {
		t.Error("Owns() still knows a closed port")
	}
}

// Another gateway on this machine, at an address of its own, may have the same
// ports open.
func TestPortsOwnOnlyTheirAddress(t *testing.T) {
	other := netip.MustParseAddr("127.0.0.5")
	for _, c := range []struct {
		addr netip.Addr
		own  bool
	}{{loopback, false}, {netip.IPv4Unspecified(), true}, {netip.IPv6Unspecified(), true}} {
		p := newTestPorts(t, PortsConfig{Addr: c.addr})
		pl, err := p.Open(PlainConfig{Sink: &ear{}})
		if err != nil {
			t.Fatal(err)
		}
		port, _ := pl.Port()
		if got := p.Owns(netip.AddrPortFrom(other, port)); got != c.own {
			t.Errorf("listening on %v: Owns(%v:%d) = %v, want %v", c.addr, other, port, got, c.own)
		}
	}
}

// Behind a 1:1 NAT what is sent to our ports at the public address comes back: two
// telephones that describe each other's would have a packet go round for ever.
func TestNoMediaGoesRoundByThePublicAddress(t *testing.T) {
	public := netip.MustParseAddr("203.0.113.5")
	m := newTestMux(t, MuxConfig{Announce: []netip.Addr{public}})
	p := newTestPorts(t, PortsConfig{Own: m.Owns, Mapped: m.Announces})
	pl, err := p.Open(PlainConfig{Sink: &ear{}})
	if err != nil {
		t.Fatal(err)
	}
	rtp, rtcp := pl.Port()
	for _, port := range []uint16{rtp, rtcp, m.Port()} {
		if !pl.Refuses(netip.AddrPortFrom(public, port)) {
			t.Errorf("media may go to %v:%d", public, port)
		}
	}
	if pl.Refuses(netip.AddrPortFrom(public, rtp+2)) {
		t.Error("another's port at the public address is refused")
	}
}

func TestPortsRunOut(t *testing.T) {
	p := newTestPorts(t, PortsConfig{Min: 28000, Max: 28003, Rest: time.Hour})
	for range 2 {
		pl, err := p.Open(PlainConfig{Sink: &ear{}})
		if err != nil {
			t.Fatal(err)
		}
		_ = pl.Close()
	}
	if _, err := p.Open(PlainConfig{Sink: &ear{}}); !errors.Is(err, ErrNoPorts) {
		t.Errorf("Open() = %v, want ErrNoPorts while both pairs rest", err)
	}
}

func TestPortsStepOverForeignOnes(t *testing.T) {
	foreign, err := listenUDP(netip.AddrPortFrom(loopback, 28101), plainBuffer, expedited, false)
	if err != nil {
		t.Fatal(err)
	}
	defer foreign.Close()
	p := newTestPorts(t, PortsConfig{Min: 28100, Max: 28103})
	pl, err := p.Open(PlainConfig{Sink: &ear{}})
	if err != nil {
		t.Fatal(err)
	}
	if rtp, _ := pl.Port(); rtp != 28102 {
		t.Errorf("opened %d, whose RTCP port is another program's", rtp)
	}
	if _, err := p.Open(PlainConfig{Sink: &ear{}}); !errors.Is(err, ErrNoPorts) {
		t.Errorf("Open() = %v, want ErrNoPorts", err)
	}
}

func TestPortsConfigRefusesBadRanges(t *testing.T) {
	for _, c := range []PortsConfig{{Min: 5000, Max: 4000}, {Min: 5001, Max: 5002}, {Addr: netip.MustParseAddr("224.0.0.1")}} {
		if _, err := NewPorts(c); err == nil {
			t.Errorf("NewPorts(%d-%d, %s) took it", c.Min, c.Max, c.Addr)
		}
	}
}

func TestPortsAfterClose(t *testing.T) {
	p := newTestPorts(t, PortsConfig{})
	pl, err := p.Open(PlainConfig{Sink: &ear{}})
	if err != nil {
		t.Fatal(err)
	}
	_ = p.Close()
	if err := pl.WriteRTP(rtpPacket(0, 1, 1), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("WriteRTP after Close = %v", err)
	}
	if _, err := p.Open(PlainConfig{Sink: &ear{}}); !errors.Is(err, ErrClosed) {
		t.Errorf("Open after Close = %v", err)
	}
}
