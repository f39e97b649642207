package transport

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSockaddrKeepsAddresses(t *testing.T) {
	for _, tt := range []struct {
		addr  string
		inet6 bool
		want  string // "" means that it cannot be written
	}{
		{"192.0.2.1:5004", false, "192.0.2.1:5004"},
		{"192.0.2.1:5004", true, "192.0.2.1:5004"}, // a mapped one on the wire
		{"[::ffff:192.0.2.1]:1", false, "192.0.2.1:1"},
		{"[2001:db8::1]:65535", true, "[2001:db8::1]:65535"},
		{"[2001:db8::1]:65535", false, ""},
		{"[fe80::1%7]:9", true, "[fe80::1%7]:9"},
	} {
		var s sockaddr
		err := s.set(netip.MustParseAddrPort(tt.addr), tt.inet6)
		if (err == nil) != (tt.want != "") {
			t.Errorf("%s: %v", tt.addr, err)
		} else if err == nil && s.get().String() != tt.want {
			t.Errorf("%s comes back as %s, want %s", tt.addr, s.get(), tt.want)
		}
	}
}

// TestClosedSocketIsWrittenToByNobody closes a socket under those who write: its
// descriptor must not be used once it is another's.
func TestClosedSocketIsWrittenToByNobody(t *testing.T) {
	far := socket(t)
	for range 50 {
		s, err := openSocket(netip.AddrPortFrom(loopback, 0), plainBuffer, expedited)
		if err != nil {
			t.Fatal(err)
		}
		var writers sync.WaitGroup
		for range 4 {
			writers.Go(func() {
				for {
					if err := s.send([]byte{1, 2, 3}, addrOf(far)); errors.Is(err, net.ErrClosed) {
						return
					} else if err != nil && !errors.Is(err, errAgain) {
						t.Error(err)
						return
					}
				}
			})
		}
		_ = s.close()
		_ = s.close()
		writers.Wait()
		if s.users.enter() {
			t.Fatal("entered a closed socket")
		}
	}
}

func TestPlainListensOnBothFamilies(t *testing.T) {
	l, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here")
	}
	_ = l.Close()
	ports, err := NewPorts(PortsConfig{Min: 28000, Max: 28099})
	if err != nil {
		t.Fatal(err)
	}
	defer ports.Close()
	for _, network := range []string{"udp4", "udp6"} {
		host := netip.MustParseAddr(map[string]string{"udp4": "127.0.0.1", "udp6": "::1"}[network])
		phone, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, 0)))
		if err != nil {
			t.Fatal(err)
		}
		defer phone.Close()
		e := &ear{}
		pl, err := ports.Open(PlainConfig{Sink: e})
		if err != nil {
			t.Fatal(err)
		}
		if err := pl.SetRemote(PlainRemote{RTP: addrOf(phone), Signaling: host}); err != nil {
			t.Fatal(err)
		}
		at, _ := pl.Port()
		_, _ = phone.WriteToUDPAddrPort(rtpPacket(0, 1, 7), netip.AddrPortFrom(host, at))
		eventually(t, "a packet over "+network, func() bool { n, _ := e.heard(); return n == 1 })
		if err := pl.WriteRTP(rtpPacket(0, 1, 8), nil); err != nil {
			t.Fatal(err)
		}
		if _, from := receive(t, phone); from.Port() != at || from.Addr().Unmap() != host {
			t.Errorf("our packet came from %s", from)
		}
	}
}

func TestVideoIsMarkedAsVideo(t *testing.T) {
	ports, err := NewPorts(PortsConfig{Addr: loopback, Min: 28200, Max: 28299})
	if err != nil {
		t.Fatal(err)
	}
	defer ports.Close()
	for video, want := range map[bool]int{false: 46 << 2, true: 34 << 2} { // EF, AF41
		pl, err := ports.Open(PlainConfig{Sink: &ear{}, Video: video})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*udpSocket{pl.rtp, pl.rtcp} {
			if got, err := unix.GetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_TOS); err != nil || got != want {
				t.Errorf("video %v is marked with %#x (%v), want %#x", video, got, err, want)
			}
		}
	}
}
