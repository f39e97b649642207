package transport

import (
	"net/netip"
	"strings"
	"sync"
	"testing"
)

func TestFlowTable(t *testing.T) {
	table := newFlowTable(1)
	alive, dead := &Peer{}, &Peer{}
	alive.heard.Store(Now())
	dead.closed.Store(true)
	a, b := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("[2001:db8::1]:1")
	if table.find(a) != nil {
		t.Error("found in an empty table")
	}
	for _, s := range []struct {
		addr  netip.AddrPort
		peer  *Peer
		force bool
		want  bool
		owner *Peer
	}{
		{a, alive, false, true, alive},
		{a, alive, false, true, alive},
		{a, dead, false, false, alive},
		{b, dead, false, true, dead},
		{b, alive, false, true, alive}, // its owner is gone
		{a, dead, true, true, dead},    // it has answered a check there
	} {
		if got := table.claim(s.addr, s.peer, s.force); got != s.want || table.find(s.addr) != s.owner {
			t.Errorf("claim(%s, %v) = %v, owner as wanted: %v", s.addr, s.force, got, table.find(s.addr) == s.owner)
		}
	}
	table.release(a, alive) // not its any more
	if table.find(a) != dead || table.size() != 2 {
		t.Error("released by one who does not own it")
	}
	table.release(a, dead)
	table.release(b, alive)
	if table.size() != 0 || table.find(a) != nil || table.find(b) != nil {
		t.Errorf("%d left", table.size())
	}
}

func TestFlowTableKeepsItsChains(t *testing.T) {
	table, p := newFlowTable(1), &Peer{}
	addr := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 5)
	}
	const n = 5000 // several in every bucket
	for i := range n {
		table.claim(addr(i), p, false)
	}
	for i := 0; i < n; i += 2 {
		table.release(addr(i), p)
	}
	for i := range n {
		if found := table.find(addr(i)) != nil; found != (i%2 == 1) {
			t.Fatalf("address %d found: %v", i, found)
		}
	}
	if table.size() != n/2 {
		t.Errorf("size() = %d", table.size())
	}
}

func TestFlowTableReadWhileWritten(t *testing.T) {
	table, p := newFlowTable(1), &Peer{}
	stays := netip.MustParseAddrPort("192.0.2.1:1")
	table.claim(stays, p, false)
	var all sync.WaitGroup
	for w := range 2 {
		all.Go(func() {
			for i := range 3000 {
				a := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(w), byte(i >> 8), byte(i)}), 5)
				table.claim(a, p, false)
				table.release(a, p)
			}
		})
		all.Go(func() {
			for range 20000 {
				if table.find(stays) != p {
					t.Error("lost an address that nobody touched")
					return
				}
			}
		})
	}
	all.Wait()
}

func TestCheckTableTakesOnlyTheRightAddress(t *testing.T) {
	table, s := newCheckTable(), &iceSession{}
	to, other := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:1")
	id := transactionID{1}
	table.add(id, check{session: s, to: to})
	if _, ok := table.take(id, other); ok {
		t.Error("an answer from another address was taken")
	}
	if got, ok := table.take(id, to); !ok || got.session != s {
		t.Error("the answer was not taken")
	}
	if _, ok := table.take(id, to); ok {
		t.Error("an answer was taken twice")
	}
}

func TestFingerprints(t *testing.T) {
	cert := []byte("a certificate")
	sha256 := fingerprintOf(cert)
	for _, tc := range []struct {
		name   string
		values []string
		match  bool
		fails  bool
	}{
		{"as written", []string{sha256}, true, false},
		{"lower case", []string{strings.ToLower(sha256)}, true, false},
		{"one of several", []string{fingerprintOf(nil), sha256}, true, false},
		{"of another", []string{fingerprintOf(nil)}, false, false},
		{"sha-1", []string{"sha-1 20:F6:AE:56:2B:41:3B:1A:C1:56:1C:A4:3E:4C:88:0B:62:C7:AF:A4"}, false, false},
		{"the stronger decides", []string{"SHA-1 " + strings.Repeat("00:", 19) + "00", sha256}, true, false},
		{"the weaker does not help", []string{sha256, "sha-512 " + strings.Repeat("00:", 63) + "00"}, false, false},
		{"unknown passed over", []string{"md5 00", sha256}, true, false},
		{"none", nil, false, true},
		{"unknown only", []string{"md5 00"}, false, true},
		{"cut short", []string{"sha-256 AB:CD"}, false, true},
		{"no value", []string{"sha-256"}, false, true},
		{"no hex", []string{"sha-256 " + strings.Repeat("XY:", 31) + "XY"}, false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := parseFingerprints(tc.values)
			if (err != nil) != tc.fails || f.match(cert) != tc.match {
				t.Errorf("%v, match %v", err, f.match(cert))
			}
		})
	}
	if (fingerprints{}).match(cert) {
		t.Error("no fingerprint matches")
	}
}

func TestOwnCandidates(t *testing.T) {
	m := newTestMux(t, MuxConfig{Announce: []netip.Addr{netip.MustParseAddr("203.0.113.5"), netip.MustParseAddr("2001:db8::5")}})
	u := newTestPeer(t, m, false)
	got := u.ICE()
	want := "1 1 udp 2130706431 203.0.113.5 " + portText(m.Port()) + " typ host"
	if len(got.Candidates) != 1 || got.Candidates[0] != want { // there is no IPv6 socket
		t.Errorf("candidates %q, want %q", got.Candidates, want)
	}
	if checkCredentials(got) != nil || len(got.Ufrag) != 8 || len(got.Pwd) != 24 {
		t.Errorf("credentials %q, %q", got.Ufrag, got.Pwd)
	}
	if !m.Owns(netip.AddrPortFrom(netip.MustParseAddr("203.0.113.5"), m.Port())) || m.Owns(netip.AddrPortFrom(loopback, 1)) {
		t.Error("Owns() is wrong")
	}
}

func TestEveryAddressIsAnnounced(t *testing.T) {
	m := newTestMux(t, MuxConfig{Listen: []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:0")}})
	var h hostAddresses
	all, announced := h.get(), map[netip.Addr]bool{}
	for _, a := range m.Addrs() {
		announced[a.Addr()] = true
	}
	for _, a := range all {
		if !announced[a] && (a.Is4() || len(m.v6) > 0) && len(all) <= maxCandidates {
			t.Errorf("%s is not announced", a)
		}
	}
	if !announced[loopback] {
		t.Error("loopback is not announced")
	}
}

func TestListenRefuses(t *testing.T) {
	taken := newTestMux(t, MuxConfig{})
	cert := certificate(t)
	for name, c := range map[string]MuxConfig{
		"a port of ours":   {Certificate: cert, Listen: []netip.AddrPort{netip.AddrPortFrom(loopback, taken.Port())}},
		"two ports":        {Certificate: cert, Listen: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:29001"), netip.MustParseAddrPort("127.0.0.2:29002")}},
		"no certificate":   {},
		"a group":          {Certificate: cert, Listen: []netip.AddrPort{netip.MustParseAddrPort("224.0.0.1:5000")}},
		"a group to tell":  {Certificate: cert, Announce: []netip.Addr{netip.MustParseAddr("224.0.0.1")}},
		"negative sockets": {Certificate: cert, Sockets: -1},
	} {
		if m, err := ListenMux(c); err == nil {
			_ = m.Close()
			t.Errorf("%s: listens", name)
		}
	}
}

func TestPeerOfSeveralAddresses(t *testing.T) {
	m := newTestMux(t, MuxConfig{Listen: []netip.AddrPort{
		netip.MustParseAddrPort("127.0.0.2:0"), netip.MustParseAddrPort("127.0.0.3:0"),
	}})
	u := newTestPeer(t, m, false)
	for _, to := range m.Addrs() {
		c := newRawClient(t, to, u.ICE())
		c.check(t, u.ICE().Pwd)
		eventually(t, "answered from where it was asked", func() bool { return c.answered() > 0 })
	}
}
