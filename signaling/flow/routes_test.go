package flow

import (
	"errors"
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

// TestAConnectionFromAnAddressThatIsGoneIsOpenedAnew, and not one from another address that
// this machine still has, nor while it has none at all.
func TestAConnectionFromAnAddressThatIsGoneIsOpenedAnew(t *testing.T) {
	far, in := newInbox(), newInbox()
	s := listen(t, StreamConfig{}, far)
	k := NewConnector(ConnectorConfig{}, in)
	defer k.Close()
	to, message := Toward{Kind: TCP, Remote: s.Addr()}, plain("l: 0\r\n", "")
	open := func() *Flow {
		t.Helper()
		f, err := k.Flow(to)
		if err == nil {
			err = f.Send([]byte(message))
		}
		if err != nil {
			t.Fatal(err)
		}
		if m := far.next(t); m != message {
			t.Fatalf("got %q", m)
		}
		return f
	}
	first, has := open(), true
	k.owns = func(a netip.Addr) bool { return has || a != first.Local().Addr() }
	for _, c := range []struct {
		route string
		has   bool
		gone  bool
	}{{"127.0.0.1", true, false}, {"192.0.2.9", true, false}, {"", false, false}, {"127.0.0.1", false, false}, {"192.0.2.9", false, true}} {
		has = c.has
		k.routes = newRoutes(func(netip.AddrPort) netip.Addr { a, _ := netip.ParseAddr(c.route); return a })
		if again := open(); (again != first) != c.gone {
			t.Errorf("with a route from %q, and its own address %v: opened anew is %v", c.route, c.has, again != first)
		}
	}
	if f, why := in.gone(t); f != first || !errors.Is(why, errStranded) {
		t.Errorf("it closed because %v", why)
	}
	if !hasAddr(netip.MustParseAddr("127.0.0.9")) || hasAddr(netip.MustParseAddr("192.0.2.250")) {
		t.Error("this machine's addresses are others")
	}
}
