package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
)

// muxSocket is one of the sockets that share the port.
type muxSocket struct {
	*udpSocket            // nil where it is no socket
	bind       netip.Addr // what it listens on
	link       *Link      // instead of conn, where it is no socket
}

// target is where to send: an address, and the socket that is known to reach
// it, nil if none is.
type target struct {
	addr  netip.AddrPort
	via   *muxSocket
	video bool // to be marked as video
}

// listen opens what the configuration names, all on one port.
func (m *Mux) listen() error {
	list := m.c.Listen
	if len(list) == 0 {
		list = []netip.AddrPort{netip.AddrPortFrom(netip.IPv4Unspecified(), 0)}
	}
	done := map[netip.Addr]bool{}
	for _, l := range list {
		addr := l.Addr().Unmap()
		if p := l.Port(); p != 0 && m.port != 0 && p != m.port {
			return fmt.Errorf("listen on %s: media has one port, and it is %d", l, m.port)
		}
		port := max(l.Port(), m.port)
		if !addr.IsUnspecified() {
			if err := m.open(netip.AddrPortFrom(addr, port), done); err != nil {
				return err
			}
			continue
		}
		m.wildcard = true
		if err := m.openBoth(port, done); err != nil {
			return err
		}
	}
	return nil
}

// openBoth listens on every address: IPv4 always, IPv6 where there is any.
func (m *Mux) openBoth(port uint16, done map[netip.Addr]bool) error {
	if err := m.open(netip.AddrPortFrom(netip.IPv4Unspecified(), port), done); err != nil {
		return err
	}
	if err := m.open(netip.AddrPortFrom(netip.IPv6Unspecified(), m.port), done); err != nil {
		m.log.Info("media without IPv6", "reason", err)
	}
	return nil
}

// open opens the sockets of one address. The first is opened alone, so that a
// port another program has is an error rather than shared with it.
func (m *Mux) open(a netip.AddrPort, done map[netip.Addr]bool) error {
	if done[a.Addr()] {
		return nil
	}
	done[a.Addr()] = true
	first, err := listenUDP(a, muxBuffer, expedited, false)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", a, err)
	}
	m.port = first.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	a = netip.AddrPortFrom(a.Addr(), m.port)
	if err := m.add(a.Addr(), first); err != nil {
		return err
	}
	n := m.c.Sockets
	if n == 0 {
		n = runtime.GOMAXPROCS(0)
	}
	if !canReuse || n == 1 {
		return nil
	}
	if err := shareLater(first); err != nil {
		return fmt.Errorf("share %s: %w", a, err)
	}
	for range n - 1 {
		conn, err := listenUDP(a, muxBuffer, expedited, true)
		if err != nil {
			return fmt.Errorf("share %s: %w", a, err)
		}
		if err := m.add(a.Addr(), conn); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mux) add(a netip.Addr, conn *net.UDPConn) error {
	own, err := socketOf(conn)
	if err != nil {
		_ = conn.Close()
		return fmt.Errorf("listen on %s: %w", a, err)
	}
	s := &muxSocket{udpSocket: own, bind: a}
	if a.Is4() {
		m.v4 = append(m.v4, s)
	} else {
		m.v6 = append(m.v6, s)
	}
	return nil
}

// shareLater lets others share the port of a socket that is open already.
func shareLater(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = setReusePort(fd) })
	return errors.Join(err, failed)
}

func (m *Mux) sockets() []*muxSocket {
	return append(append([]*muxSocket(nil), m.v4...), m.v6...)
}

func (m *Mux) closeSockets() {
	for _, s := range m.sockets() {
		_ = s.close()
	}
}

// agentAddr is what an agent is told its socket is. Nobody else sees it.
func (m *Mux) agentAddr(v6 bool) *net.UDPAddr {
	if v6 {
		return &net.UDPAddr{IP: net.IPv6loopback, Port: int(m.port)}
	}
	return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(m.port)}
}
