package flow

import (
	"io"
	"net"
	"testing"
)

// TestABoundListenerHoldsSoManyConnections: who comes beyond is closed and counted, and
// a place that was given back, once however often it is closed, is taken again.
func TestABoundListenerHoldsSoManyConnections(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	l := BoundListener(inner, 3, 2, func() { refused++ })
	defer l.Close()
	dial := func(host string) net.Conn {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(host)}}
		c, err := d.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	accept := func(want net.Conn) net.Conn {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if c.RemoteAddr().String() != want.LocalAddr().String() {
			t.Fatalf("%s is taken, want %s", c.RemoteAddr(), want.LocalAddr())
		}
		return c
	}
	first, second := dial("127.0.0.5"), dial("127.0.0.5")
	taken := accept(first)
	accept(second)
	beyond := dial("127.0.0.5")
	accept(dial("127.0.0.6"))
	if _, err := beyond.Read(make([]byte, 1)); err != io.EOF || refused != 1 {
		t.Errorf("the third of a host: %v; %d refused", err, refused)
	}
	_ = taken.Close()
	_ = taken.Close()
	late := dial("127.0.0.7")
	accept(late)
	full := dial("127.0.0.8")
	go l.Accept() //nolint:errcheck // it ends with the listener
	if _, err := full.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the fourth of all: %v", err)
	}
}
