package transport

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

func TestALongPacketMayBeCutOnItsWay(t *testing.T) {
	mux := newTestMux(t, MuxConfig{})
	plain, err := openSocket(netip.AddrPort{}, plainBuffer, expedited)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.close()
	for name, fd := range map[string]int{"browsers": mux.v4[0].fd, "a telephone": plain.fd} {
		if how, err := unix.GetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER); err != nil || how != unix.IP_PMTUDISC_DONT {
			t.Errorf("socket of %s: IP_MTU_DISCOVER is %d, %v", name, how, err)
		}
	}
}
