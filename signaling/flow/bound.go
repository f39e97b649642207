package flow

import (
	"net"
	"sync"
)

// BoundListener wraps a listener so that no more than most connections of it are
// open at a time, and no more than each from one address (IPv6: from one /64). One
// beyond is closed at once, and refused is told, on the goroutine that accepts.
func BoundListener(l net.Listener, most, each int, refused func()) net.Listener {
	return &boundListener{Listener: l, places: newPlaces(most, each), refused: refused}
}

type boundListener struct {
	net.Listener
	places  *places
	refused func()
}

// Accept implements net.Listener.
func (l *boundListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := addrPortOf(c.RemoteAddr()).Addr()
		if l.places.take(from) {
			return &boundConn{Conn: c, leave: func() { l.places.give(from) }}, nil
		}
		_ = c.Close()
		l.refused()
	}
}

// boundConn gives its place back when it is closed.
type boundConn struct {
	net.Conn
	once  sync.Once
	leave func()
}

// Close implements net.Conn.
func (c *boundConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.leave)
	return err
}
