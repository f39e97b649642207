package flow

import (
	"errors"
	"net"
	"sync"
	"time"
)

// maxAcceptPause is the longest pause between two attempts to accept.
const maxAcceptPause = time.Second

// RobustListener wraps a listener so that Accept errs only when the listener is
// closed: when the process has no descriptors left, or a connection broke before
// it was accepted, it waits a little, from 5 ms doubling to 1 s, and tries again.
func RobustListener(l net.Listener) net.Listener {
	return &robustListener{Listener: l, closed: make(chan struct{})}
}

type robustListener struct {
	net.Listener
	once   sync.Once
	closed chan struct{}
}

func (l *robustListener) Accept() (net.Conn, error) {
	pause := 5 * time.Millisecond
	for {
		c, err := l.Listener.Accept()
		if err == nil {
			return c, nil
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-l.closed:
			t.Stop()
			return nil, net.ErrClosed
		}
		pause = min(2*pause, maxAcceptPause)
	}
}

func (l *robustListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}
