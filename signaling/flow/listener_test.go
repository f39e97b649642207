package flow

import (
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// failing is a listener that has no descriptors for a while.
type failing struct {
	net.Listener
	left int
}

func (f *failing) Accept() (net.Conn, error) {
	if f.left--; f.left >= 0 {
		return nil, errors.New("accept: too many open files")
	}
	return f.Listener.Accept()
}

func TestListenerOutlivesErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		l := RobustListener(&failing{p, 10})
		go p.dial(t.Context(), "", "")
		start := time.Now()
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		if d := time.Since(start); d < time.Second || d > 10*time.Second {
			t.Errorf("accepted after %v", d)
		}
		go l.Close()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}
