package flow

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// loopback6 skips where there is no IPv6.
func loopback6(t *testing.T) netip.AddrPort {
	t.Helper()
	c, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here: ", err)
	}
	c.Close()
	return netip.MustParseAddrPort("[::1]:0")
}

func TestIPv6OverTCP(t *testing.T) {
	far, in := newInbox(), newInbox()
	s := listen(t, StreamConfig{Listen: loopback6(t), Announce: public}, far)
	k := NewConnector(ConnectorConfig{}, in)
	defer k.Close()
	f, err := k.Flow(Toward{Kind: TCP, Remote: s.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Local().String(); got != "[::1]:5060" && !strings.HasPrefix(got, "[::1]:") {
		t.Errorf("local end %s", got)
	}
	if err := f.Send([]byte(plain("l: 0\r\n", ""))); err != nil {
		t.Fatal(err)
	}
	far.next(t)
	// What is announced for IPv4 says nothing to a far end of IPv6.
	if g := far.flow(); !strings.HasPrefix(g.Remote().String(), "[::1]:") || g.Local() != s.Addr() {
		t.Errorf("%v, %v", g.Remote(), g.Local())
	}
}

func TestIPv6OverUDP(t *testing.T) {
	loopback := loopback6(t)
	in, far := newInbox(), newInbox()
	s, other := openUDP6(t, UDPConfig{Listen: loopback, Announce: public}, in), openUDP6(t, UDPConfig{Listen: loopback}, far)
	f := s.Flow(other.Addr())
	if f.Local().String() != s.Addr().String() || !strings.HasPrefix(f.Remote().String(), "[::1]:") {
		t.Errorf("%v, %v", f.Local(), f.Remote())
	}
	if err := f.Send([]byte(plain("Call-ID: x\r\n", ""))); err != nil {
		t.Fatal(err)
	}
	far.next(t)
	if err := far.flow().Send([]byte(plain("Call-ID: y\r\n", ""))); err != nil {
		t.Fatal(err)
	}
	in.next(t)
}

func TestASocketOnAllAddressesServesBothFamilies(t *testing.T) {
	loopback6(t)
	in := newInbox()
	s := openUDP6(t, UDPConfig{Listen: netip.MustParseAddrPort("[::]:0")}, in)
	stream := listen(t, StreamConfig{Listen: netip.MustParseAddrPort("[::]:0")}, in)
	for _, host := range []string{"127.0.0.1", "::1"} {
		at := func(port uint16) string {
			return netip.AddrPortFrom(netip.MustParseAddr(host), port).String()
		}
		for network, to := range map[string]string{"udp": at(s.Addr().Port()), "tcp": at(stream.Addr().Port())} {
			c, err := net.Dial(network, to)
			if err != nil {
				t.Fatal(err)
			}
			says(t, c, plain("Call-ID: x\r\n", ""))
			in.next(t)
			f := in.flow()
			if f.Local().String() != to || f.Remote().Addr().String() != host {
				t.Errorf("%s: local %v, remote %v, want %s", network, f.Local(), f.Remote(), to)
			}
			if err := f.Send([]byte("answer")); err != nil {
				t.Error(err)
			}
			hears(t, c, "answer")
			c.Close()
		}
	}
}

func TestAFlowHasNoZone(t *testing.T) {
	s := openUDP6(t, UDPConfig{Listen: loopback}, newInbox())
	f := s.Flow(netip.MustParseAddrPort("[fe80::1%eth7]:5060"))
	if f.Remote().String() != "[fe80::1]:5060" {
		t.Errorf("%v", f.Remote())
	}
}

func openUDP6(t *testing.T, c UDPConfig, in *inbox) *UDPSocket {
	t.Helper()
	u, err := ListenUDP(c, in)
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- u.Run(t.Context()) }()
	t.Cleanup(func() {
		u.Close()
		<-ran
	})
	return u
}

func TestWhatDoesNotFitIntoADatagramSaysSo(t *testing.T) {
	s := openUDP(t, UDPConfig{}, newInbox())
	f := s.u.Flow(addrPortOfUDP(s.client))
	if err := f.Send(make([]byte, maxDatagram+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if err := f.Send(make([]byte, 60000)); err != nil {
		t.Errorf("got %v", err)
	}
	if c := s.u.Counters(); c.SendErrors != 1 || c.Sent != 1 {
		t.Errorf("%+v", c)
	}
}

func addrPortOfUDP(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func TestTheListenersAddressIsToldOnConnectionsOfOurs(t *testing.T) {
	far := newInbox()
	s := listen(t, StreamConfig{}, far)
	for name, c := range map[string]struct {
		local string
		want  string
	}{
		"a public address":    {"203.0.113.1:5060", "203.0.113.1:5060"},
		"on all addresses":    {"0.0.0.0:5070", "127.0.0.1:5070"},
		"on all of IPv6":      {"[::]:5070", "127.0.0.1:5070"},
		"no listener of that": {"", "127.0.0.1:"},
	} {
		t.Run(name, func(t *testing.T) {
			k := NewConnector(ConnectorConfig{Local: func(kind Kind, toward netip.AddrPort) netip.AddrPort {
				if kind != TCP || toward != s.Addr() {
					t.Errorf("asked for %v, %v", kind, toward)
				}
				if c.local == "" {
					return netip.AddrPort{}
				}
				return netip.MustParseAddrPort(c.local)
			}}, newInbox())
			defer k.Close()
			f, err := k.Flow(Toward{Kind: TCP, Remote: s.Addr()})
			if err != nil {
				t.Fatal(err)
			}
			_ = f.Send([]byte(plain("l: 0\r\n", "")))
			far.next(t)
			want := c.want
			if c.local == "" {
				want = far.flow().Remote().String()
			}
			if got := f.Local().String(); got != want {
				t.Errorf("told %s, want %s", got, want)
			}
		})
	}
}

func TestNowhereIsNoPlace(t *testing.T) {
	k := NewConnector(ConnectorConfig{}, newInbox())
	for _, to := range []Toward{
		{},
		{Kind: TCP},
		{Kind: UDP, Remote: netip.MustParseAddrPort("192.0.2.1:5060")},
		{Kind: WS, Remote: netip.MustParseAddrPort("192.0.2.1:5060")},
		{Kind: TCP, Remote: netip.MustParseAddrPort("192.0.2.1:0")},
		{Kind: TLS, Remote: netip.MustParseAddrPort("0.0.0.0:5061")},
		{Kind: TCP, Remote: netip.MustParseAddrPort("[ff02::1]:5060")},
		{Kind: TCP, Remote: netip.MustParseAddrPort("[::ffff:224.0.0.1]:5060")},
	} {
		if f, err := k.Flow(to); err == nil {
			t.Errorf("%+v: %v", to, f.Remote())
		}
	}
	k.Close()
	if _, err := k.Flow(Toward{Kind: TCP, Remote: netip.MustParseAddrPort("192.0.2.1:5060")}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	k.Close()
}

func public(netip.Addr) netip.Addr { return netip.MustParseAddr("203.0.113.1") }
