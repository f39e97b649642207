package flow

import (
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTheKernelFindsOutHostsThatAreGone(t *testing.T) {
	far := newInbox()
	s := listen(t, StreamConfig{}, far)
	k := NewConnector(ConnectorConfig{}, newInbox())
	defer k.Close()
	f, err := k.Flow(Toward{Kind: TCP, Remote: s.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Send([]byte(plain("l: 0\r\n", "")))
	far.next(t)
	conns := map[string]net.Conn{}
	s.mu.Lock()
	for c := range s.conns {
		conns["accepted"] = rawOf(c)
	}
	s.mu.Unlock()
	k.mu.Lock()
	for c := range k.conns {
		conns["ours"] = rawOf(c)
	}
	k.mu.Unlock()
	if len(conns) != 2 {
		t.Fatal(conns)
	}
	for name, c := range conns {
		raw, err := c.(syscall.Conn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		err = raw.Control(func(fd uintptr) {
			for option, want := range map[int]int{unix.TCP_USER_TIMEOUT: 40000, unix.TCP_KEEPIDLE: 60, unix.TCP_KEEPINTVL: 15, unix.TCP_KEEPCNT: 4} {
				if got, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, option); got != want || err != nil {
					t.Errorf("%s: option %d is %d, %v, want %d", name, option, got, err, want)
				}
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func rawOf(c *streamConn) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw
}
