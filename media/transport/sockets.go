package transport

import (
	"context"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// What media is marked with: a DSCP as an octet of the IP header (RFC 8837 §5).
const (
	expedited = 0xb8 // EF: sound, and all else that goes by a port that sound shares
	assured   = 0x88 // AF41: video, packet by packet where the port is shared
)

const (
	muxBuffer   = 4 << 20   // octets of receive buffer of a shared socket
	plainBuffer = 256 << 10 // octets of receive buffer of a leg's socket
)

// listenUDP opens one socket. Port 0 takes a free one. reuse lets several
// share it. A zero address listens on IPv4 and IPv6 with one socket.
func listenUDP(addr netip.AddrPort, buffer, mark int, reuse bool) (*net.UDPConn, error) {
	network := "udp"
	switch {
	case addr.Addr().Is4():
		network = "udp4"
	case addr.Addr().Is6():
		network = "udp6"
	}
	host := ""
	if addr.Addr().IsValid() {
		host = addr.Addr().String()
	}
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) { failed = setOptions(fd, reuse) })
		if err != nil {
			return err
		}
		return failed
	}}
	pc, err := lc.ListenPacket(context.Background(), network, net.JoinHostPort(host, portText(addr.Port())))
	if err != nil {
		return nil, err
	}
	conn := pc.(*net.UDPConn) // ListenPacket on a UDP network returns nothing else
	// The rest is best effort: a container may forbid it and calls still work.
	_ = conn.SetReadBuffer(buffer)
	if network != "udp6" {
		_ = ipv4.NewPacketConn(conn).SetTOS(mark)
	}
	if network != "udp4" {
		_ = ipv6.NewPacketConn(conn).SetTrafficClass(mark)
	}
	return conn, nil
}

// markTCP marks the packets of a connection as media, which its octets are.
func markTCP(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetNoDelay(true)
		_ = ipv4.NewConn(t).SetTOS(expedited)
		_ = ipv6.NewConn(t).SetTrafficClass(expedited)
	}
}

// LetFragment lets routers cut what is too long for their way, as the sockets of this
// package do.
func LetFragment(c *net.UDPConn) {
	if raw, err := c.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = letFragment(int(fd)) }) // one of IPv6 alone may refuse it
	}
}
