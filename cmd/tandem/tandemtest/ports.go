package tandemtest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// FreeBase finds a port that nobody has now, with room for 62 above it, and keeps them for
// the test: whoever looks for some, in this process or another, does not get past the last
// one. They are below those that the system gives to whoever does not ask for one, and above
// those of peers.FreePort.
func FreeBase(t *testing.T) int {
	t.Helper()
	const first, room = 30016, 64
	for range 200 {
		base := first + room*rand.IntN((32768-first)/room)
		kept, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+room-1))
		if err != nil {
			continue
		}
		if free(base) && free(base+1) && free(base+2) && free(base+3) && free(base+11) {
			t.Cleanup(func() { _ = kept.Close() })
			return base
		}
		_ = kept.Close()
	}
	t.Fatal("no free ports")
	return 0
}

func free(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	_ = l.Close()
	u, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return false
	}
	return u.Close() == nil
}
