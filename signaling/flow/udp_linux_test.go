package flow

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

func TestALongMessageMayBeCutOnItsWay(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", "[::]:0"} {
		s, err := ListenUDP(UDPConfig{Listen: netip.MustParseAddrPort(at)}, newInbox())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		raw, err := s.conn.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		_ = raw.Control(func(fd uintptr) {
			if how, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU_DISCOVER); err != nil || how != unix.IP_PMTUDISC_DONT {
				t.Errorf("%s: IP_MTU_DISCOVER is %d, %v", at, how, err)
			}
		})
	}
}
