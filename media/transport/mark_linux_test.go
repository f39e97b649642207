package transport

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/srtp/v3"
	"golang.org/x/sys/unix"
)

// markOf reads a packet and returns how it was marked.
func markOf(t *testing.T, conn *net.UDPConn) int {
	t.Helper()
	b, oob := make([]byte, 2048), make([]byte, 128)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	_, n, _, _, err := conn.ReadMsgUDP(b, oob)
	if err != nil {
		t.Fatal(err)
	}
	all, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(all) != 1 {
		t.Fatalf("control messages %v, %v", all, err)
	}
	return int(all[0].Data[0])
}

func TestVideoToBrowsersIsMarkedPacketByPacket(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		addr := netip.MustParseAddr(host)
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
		if err != nil && addr.Is6() {
			t.Skip("no IPv6 here, what was sent over IPv4 is right: ", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		raw, err := conn.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		_ = raw.Control(func(fd uintptr) {
			if addr.Is4() {
				err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_RECVTOS, 1)
			} else {
				err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVTCLASS, 1)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		m, err := ListenMux(MuxConfig{Listen: []netip.AddrPort{netip.AddrPortFrom(addr, 0)}, Certificate: certificate(t)})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		k, _ := pairedKeys(t, srtp.ProtectionProfileAeadAes128Gcm)
		p := &Peer{mux: m}
		p.keys.Store(k)
		p.flow.Store(&target{addr: conn.LocalAddr().(*net.UDPAddr).AddrPort(), via: m.route(addr, 0)})
		const sound, video = 46 << 2, 34 << 2 // EF, AF41
		q := &Batch{}
		seq := uint16(1)
		send := func(w Wire, q *Batch, want int) {
			t.Helper()
			seq++
			if err := w.RelayRTP(rtpPacket(0, seq, 7), q); err != nil {
				t.Fatal(err)
			}
			q.Flush()
			if got := markOf(t, conn); got != want {
				t.Errorf("%s: a packet is marked with %#x, want %#x", host, got, want)
			}
		}
		for range 2 { // what a place in a batch was used for before says nothing
			send(p.Video(), q, video)
			send(p, q, sound)
		}
		send(p.Video(), nil, video)
		send(p, nil, sound)
		if err := p.Video().WriteRTCP(rtcpPacket(7)); err != nil {
			t.Fatal(err)
		}
		if got := markOf(t, conn); got != sound {
			t.Errorf("a report is marked with %#x", got)
		}
		if raceEnabled {
			continue // the race detector allocates
		}
		b := rtpPacket(0, 1, 7)
		w := p.Video()
		if n := testing.AllocsPerRun(100, func() {
			seq++
			b[2], b[3] = byte(seq>>8), byte(seq)
			_ = w.WriteRTP(b[:172], nil)
			_ = w.RelayRTP(b[:172], q)
			q.Flush()
		}); n != 0 {
			t.Errorf("%v allocations a packet", n)
		}
	}
}
