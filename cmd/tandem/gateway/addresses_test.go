package gateway

import (
	"net/netip"
	"testing"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/config"
)

// Who is told which address of a machine behind a NAT.
func TestThePublicAddressIsForThoseWhoWouldNotFindOurs(t *testing.T) {
	whole, private := netip.MustParseAddr("203.0.113.5"), netip.MustParseAddr("192.168.77.10")
	for _, c := range []struct {
		public netip.Addr
		far    string
		want   bool
	}{
		{whole, "198.51.100.7", true},
		{whole, "192.168.1.20", false},
		{whole, "10.0.0.1", false},
		{whole, "100.64.3.4", false},
		{whole, "127.0.0.1", false},
		{whole, "169.254.3.4", false},
		{private, "198.51.100.7", true},
		{private, "192.168.77.20", true},
		{private, "127.0.0.1", false},
	} {
		if got := needsPublic(c.public, netip.MustParseAddr(c.far)); got != c.want {
			t.Errorf("%s is told %s: %v, want %v", c.far, c.public, got, c.want)
		}
	}
}

func TestPlainLegsNameAnAddressOfTheirFamily(t *testing.T) {
	v4, v6 := netip.MustParseAddr("203.0.113.5"), netip.MustParseAddr("2001:db8::5")
	both := toward(&config.File{PublicIP: config.PublicIP{Addr: v4, Addrs: []netip.Addr{v4, v6}}})
	for far, want := range map[string]netip.Addr{
		"198.51.100.7": v4, "2001:db8:1::7": v6, "127.0.0.1": netip.MustParseAddr("127.0.0.1"), "::ffff:198.51.100.7": v4,
	} {
		if got := both(netip.MustParseAddr(far)); got != want {
			t.Errorf("%s is told %s, want %s", far, got, want)
		}
	}
	fixed := toward(&config.File{
		PublicIP: config.PublicIP{Addr: v4, Addrs: []netip.Addr{v4}},
		Listen:   config.Listen{RTP: config.RTPRange{IP: netip.MustParseAddr("10.77.0.2")}},
	})
	for far, want := range map[string]string{"198.51.100.7": "203.0.113.5", "192.168.3.4": "10.77.0.2"} {
		if got := fixed(netip.MustParseAddr(far)); got.String() != want {
			t.Errorf("%s is told %s, want %s", far, got, want)
		}
	}
}

// TestWeAnswerForTheAddressesOfNow: a machine's address went and another one came.
func TestWeAnswerForTheAddressesOfNow(t *testing.T) {
	listen := func(ip string) *config.File {
		return &config.File{Domain: "pbx.example.test", Listen: config.Listen{SIP: []config.Listener{{IP: netip.MustParseAddr(ip)}}}}
	}
	now := netip.MustParseAddr("192.0.2.9")
	own := func(a netip.Addr) bool { return a == now }
	for _, c := range []struct {
		listen, host string
		want         bool
	}{
		{"0.0.0.0", "192.0.2.9", true},
		{"0.0.0.0", "192.0.2.1", false},
		{"0.0.0.0", "localhost", true},
		{"0.0.0.0", "PBX.example.test", true},
		{"0.0.0.0", "pbx.example.com", false},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.9", false},
	} {
		if got := servedHosts(listen(c.listen)).has(c.host, own); got != c.want {
			t.Errorf("listening on %s, %s is ours: %v", c.listen, c.host, got)
		}
	}
	now = netip.MustParseAddr("2001:db8::9")
	if !servedHosts(listen("::")).has("[2001:db8::9]", own) {
		t.Error("an address that came later is not ours")
	}
	var o ownAddresses
	for _, a := range machine.Addrs() {
		if !o.has(a) {
			t.Errorf("%s is not ours", a)
		}
	}
	if o.has(netip.MustParseAddr("192.0.2.77")) {
		t.Error("an address of the documents is ours")
	}
}
