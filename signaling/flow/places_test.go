package flow

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestANetworkOfIPv6IsOneSource(t *testing.T) {
	p := newPlaces(4, 2)
	for _, c := range []struct {
		addr string
		want bool
	}{
		{"2001:db8::1", true},
		{"2001:db8::2", true},
		{"2001:db8:0:0:ffff::", false},
		{"2001:db8:0:1::1", true},
		{"192.0.2.1", true},
		{"192.0.2.2", false}, // no place for anybody
	} {
		if got := p.take(netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("%s: %v", c.addr, got)
		}
	}
	p.give(netip.MustParseAddr("2001:db8::2"))
	if !p.take(netip.MustParseAddr("2001:db8::9")) || len(p.from) != 3 {
		t.Error("a place that was given back is not there")
	}
	for a, want := range map[string]string{
		"::ffff:192.0.2.1": "192.0.2.1", "192.0.2.1": "192.0.2.1", "fe80::1:2:3:4%eth0": "fe80::", "::1": "::",
	} {
		if got := sourceOf(netip.MustParseAddr(a)).String(); got != want {
			t.Errorf("%s counts as %s, want %s", a, got, want)
		}
	}
}

func TestWhoIsNotAdmittedIsNotHeard(t *testing.T) {
	nobody := func(a netip.Addr) bool {
		if a != loopback.Addr() {
			t.Errorf("asked for %v", a)
		}
		return false
	}
	in := newInbox()
	s := listen(t, StreamConfig{Admit: nobody}, in)
	ends(t, client(t, s))
	u := openUDP(t, UDPConfig{Admit: nobody}, in)
	u.send(t, plain("Call-ID: x\r\n", ""))
	until(t, "the datagram is dropped", func() bool { return u.u.Counters().Limited == 1 })
	w := serve(t, WSConfig{Admit: nobody})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-Websocket-Version": "13",
		"Sec-Websocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-Websocket-Protocol": "sip",
	} {
		r.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	bodyOf(t, res)
	if res.StatusCode != http.StatusForbidden || len(in.messages)+len(w.inbox.messages) != 0 {
		t.Errorf("status %d", res.StatusCode)
	}
}
