//go:build !linux

package transport

import (
	"errors"
	"net"
	"time"
)

// read is the goroutine of one socket. It ends when the socket is closed.
func (m *Mux) read(s *muxSocket) {
	buf := make([]byte, maxPacket+1+Tail)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf[:maxPacket+1])
		switch {
		case err == nil && n > maxPacket:
			m.count.tooLong.Add(1)
		case err == nil:
			m.take(datagram{buf[:n], unmap(from), s}, nil)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			m.count.readErrors.Add(1)
			time.Sleep(readPause)
		}
	}
}
