//go:build !linux

package transport

import (
	"net"
	"net/netip"
)

// udpSocket is a UDP socket.
type udpSocket struct{ conn *net.UDPConn }

// openSocket opens a socket. A zero address listens on IPv4 and IPv6.
func openSocket(addr netip.AddrPort, buffer, mark int) (*udpSocket, error) {
	conn, err := listenUDP(addr, buffer, mark, false)
	if err != nil {
		return nil, err
	}
	return &udpSocket{conn}, nil
}

// socketOf makes a socket of a connection.
func socketOf(conn *net.UDPConn) (*udpSocket, error) { return &udpSocket{conn}, nil }

// send writes one datagram.
func (s *udpSocket) send(b []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(b, to)
	return err
}

// sendVideo is send: no packet is marked otherwise than its socket here.
func (s *udpSocket) sendVideo(b []byte, to netip.AddrPort) error { return s.send(b, to) }

// close ends the socket. It may be called again.
func (s *udpSocket) close() error { return s.conn.Close() }
