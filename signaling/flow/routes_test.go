package flow

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// TestOurAddressTowardAFarEndIsThatOfNow: a machine's address goes and another one comes,
// or there was no network yet when it was first asked for.
func TestOurAddressTowardAFarEndIsThatOfNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := netip.MustParseAddrPort("192.0.2.200:5060")
		var own netip.Addr
		asked := 0
		r := newRoutes(func(netip.AddrPort) netip.Addr { asked++; return own })
		for range 2 {
			if got := r.toward(far); got.IsValid() {
				t.Errorf("without a network our address is %v", got)
			}
		}
		for i, a := range []string{"192.0.2.1", "198.51.100.1", "2001:db8::1"} {
			own, asked = netip.MustParseAddr(a), 0
			for range 100 {
				r.toward(far)
			}
			if asked > 1 {
				t.Errorf("address %d: the kernel is asked %d times", i, asked)
			}
			if got := r.toward(far); got != own {
				t.Errorf("our address is %v, want %v", got, own)
			}
			time.Sleep(routeLife)
		}
		own = netip.Addr{}
		if got := r.toward(far); got.IsValid() {
			t.Errorf("the network is gone, our address is %v", got)
		}
		for i := range 3 * maxRoutes {
			own = netip.MustParseAddr("192.0.2.1")
			r.toward(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 5060))
		}
		if n := r.known.Len(); n > maxRoutes {
			t.Errorf("%d routes are remembered", n)
		}
	})
}
