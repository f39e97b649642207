package turn

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// guest is a client with a socket of its own and credentials that are good.
type guest struct {
	net.Conn
	t              *testing.T
	user, password string
	nonce          stun.Nonce
}

func (h *house) guest(t *testing.T, name string) *guest {
	t.Helper()
	return h.over(t, "udp4", h.udp, name)
}

// over is a guest who has a nonce, and no allocation yet.
func (h *house) over(t *testing.T, network, addr, name string) *guest {
	t.Helper()
	conn, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	g := &guest{Conn: conn, t: t}
	g.user, g.password = h.Credentials(name, time.Now())
	_ = g.nonce.GetFrom(g.ask(stun.MethodAllocate))
	return g
}

// ask sends a request, signed once there is a nonce, and returns the answer; nil where
// none comes.
func (g *guest) ask(method stun.Method, more ...stun.Setter) *stun.Message {
	g.t.Helper()
	all := append([]stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest)}, more...)
	if method == stun.MethodAllocate {
		all = append(all, stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}})
	}
	if len(g.nonce) > 0 {
		all = append(all, stun.NewUsername(g.user), stun.NewRealm("example.test"), g.nonce, stun.NewLongTermIntegrity(g.user, "example.test", g.password))
	}
	m, err := stun.Build(all...)
	if err != nil {
		g.t.Fatal(err)
	}
	_, _ = g.Write(m.Raw)
	answer := &stun.Message{Raw: make([]byte, 2000)}
	_ = g.SetReadDeadline(time.Now().Add(time.Second))
	for {
		n, err := g.Read(answer.Raw[:2000])
		if err != nil {
			return nil
		}
		answer.Raw = answer.Raw[:n]
		if answer.Decode() == nil && answer.TransactionID == m.TransactionID {
			return answer
		}
	}
}

// code is that of an answer: 200 of success, 0 of none.
func code(m *stun.Message) int {
	var e stun.ErrorCodeAttribute
	switch {
	case m == nil:
		return 0
	case m.Type.Class == stun.ClassSuccessResponse:
		return 200
	case e.GetFrom(m) != nil:
		return -1
	}
	return int(e.Code)
}

func toward(a string) peerAddress {
	p := netip.MustParseAddrPort(a)
	return peerAddress{IP: p.Addr().AsSlice(), Port: int(p.Port())}
}

func channel(n uint16) stun.RawAttribute {
	return stun.RawAttribute{Type: stun.AttrChannelNumber, Value: binary.BigEndian.AppendUint32(nil, uint32(n)<<16)}
}

// TestNoChannelLeadsElsewhere: neither a channel nor a permission is had for what is
// not our media, by whatever name it is called.
func TestNoChannelLeadsElsewhere(t *testing.T) {
	h := open(t)
	g := h.guest(t, "201")
	if c := code(g.ask(stun.MethodAllocate)); c != 200 {
		t.Fatalf("an allocation is answered with %d", c)
	}
	for i, a := range []string{
		"192.0.2.1:53", "10.0.0.1:80", "172.17.0.1:2375", "192.168.1.1:80", "169.254.169.254:80", "127.0.0.2:7700", "127.0.0.53:53", "0.0.0.0:7700",
		"224.0.0.1:1900", "255.255.255.255:9", "240.0.0.1:1", "100.64.0.1:1", "[::1]:7700", "[::ffff:10.0.0.1]:80", "[fe80::1]:1", "[100::1]:1", "[::]:7700",
	} {
		if c := code(g.ask(stun.MethodCreatePermission, toward(a))); c != 403 && c != 443 { // another family
			t.Errorf("a permission for %s is answered with %d", a, c)
		}
		if c := code(g.ask(stun.MethodChannelBind, channel(0x4000+uint16(i)), toward(a))); c != 403 && c != 443 {
			t.Errorf("a channel to %s is answered with %d", a, c)
		}
	}
	if c := code(g.ask(stun.MethodChannelBind, channel(0x4100), toward(h.mux.Addrs()[0].String()))); c != 200 {
		t.Errorf("a channel to our media is answered with %d", c)
	}
	if c := code(g.ask(stun.MethodRefresh, stun.RawAttribute{Type: stun.AttrLifetime, Value: make([]byte, 4)})); c != 200 {
		t.Errorf("the end of an allocation is answered with %d", c)
	}
	eventually(t, "the allocation gone", func() bool { return h.Counters().Allocations == 0 })
	if c := code(g.ask(stun.MethodAllocate)); c != 200 { // with the nonce of before
		t.Errorf("another one is answered with %d", c)
	}
}

// TestStrangeRequestsLeaveNothing: requests that are well signed, with attributes that
// no client sends together, and the same of users who are not who they say.
func TestStrangeRequestsLeaveNothing(t *testing.T) {
	h := open(t)
	before := runtime.NumGoroutine()
	attributes := []stun.AttrType{
		stun.AttrEvenPort, stun.AttrReservationToken, stun.AttrDontFragment, stun.AttrLifetime, stun.AttrRequestedAddressFamily, stun.AttrChannelNumber,
		stun.AttrXORPeerAddress, stun.AttrData, stun.AttrConnectionID, stun.AttrRequestedTransport, 0x8000, 0x8001, 0x8004, 0x8030, 0x7fff, 0xffff,
	}
	methods := []stun.Method{
		stun.MethodAllocate, stun.MethodRefresh, stun.MethodCreatePermission, stun.MethodChannelBind, stun.MethodConnect, stun.MethodConnectionBind, stun.MethodBinding, 0xfff,
	}
	for i := range 12 {
		g := h.guest(t, "201")
		if i%3 == 1 {
			g.password += "x"
		}
		if i%4 > 0 {
			_ = g.ask(stun.MethodAllocate)
		}
		for range 25 {
			var more []stun.Setter
			for range rand.IntN(5) {
				v := make([]byte, []int{0, 1, 4, 8, 20, 400}[rand.IntN(6)])
				for j := range v {
					v[j] = byte(rand.Uint32())
				}
				more = append(more, stun.RawAttribute{Type: attributes[rand.IntN(len(attributes))], Value: v})
			}
			m, err := stun.Build(append([]stun.Setter{
				stun.TransactionID, stun.NewType(methods[rand.IntN(len(methods))], []stun.MessageClass{stun.ClassRequest, stun.ClassIndication}[rand.IntN(2)]),
			}, append(more, stun.NewUsername(g.user), stun.NewRealm("example.test"), g.nonce, stun.NewLongTermIntegrity(g.user, "example.test", g.password))...)...)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = g.Write(m.Raw)
		}
		eventually(t, "an end of it", func() bool {
			return h.Counters().Allocations == 0 || code(g.ask(stun.MethodRefresh, stun.RawAttribute{Type: stun.AttrLifetime, Value: make([]byte, 4)})) != 0
		})
	}
	eventually(t, "nothing left", func() bool {
		return h.Counters().Allocations == 0 && runtime.NumGoroutine() <= before+2
	})
	if c := code(h.guest(t, "202").ask(stun.MethodAllocate)); c != 200 {
		t.Errorf("whoever comes then is answered with %d", c)
	}
}

// TestChannelsAtTheirBound: one allocation has so many channels, and whoever wants more
// has none.
func TestChannelsAtTheirBound(t *testing.T) {
	h := open(t)
	g := h.guest(t, "201")
	if c := code(g.ask(stun.MethodAllocate)); c != 200 {
		t.Fatalf("an allocation is answered with %d", c)
	}
	own := h.mux.Addrs()[0].Addr()
	for i := range uint16(maxChannels) {
		if c := code(g.ask(stun.MethodChannelBind, channel(0x4000+i), toward(netip.AddrPortFrom(own, 1000+i).String()))); c != 200 {
			t.Fatalf("channel %d is answered with %d", i, c)
		}
	}
	if c := code(g.ask(stun.MethodChannelBind, channel(0x4000), toward(netip.AddrPortFrom(own, 1000).String()))); c != 200 {
		t.Errorf("a channel that is kept alive is answered with %d", c)
	}
	if n := h.Counters().Allocations; n != 1 {
		t.Errorf("%d allocations", n)
	}
	_ = g.ask(stun.MethodChannelBind, channel(0x5000), toward(netip.AddrPortFrom(own, 5000).String()))
	eventually(t, "whoever wants more has none", func() bool { return h.Counters().Allocations == 0 })
	if c := code(h.guest(t, "202").ask(stun.MethodAllocate)); c != 200 {
		t.Errorf("another user is answered with %d", c)
	}
}

// TestWhatOneAllocationSendsIsBounded: a user who has an allocation sends what he can.
func TestWhatOneAllocationSendsIsBounded(t *testing.T) {
	h := open(t)
	g := h.guest(t, "201")
	if c := code(g.ask(stun.MethodAllocate)); c != 200 {
		t.Fatalf("an allocation is answered with %d", c)
	}
	if c := code(g.ask(stun.MethodChannelBind, channel(0x4000), toward(h.mux.Addrs()[0].String()))); c != 200 {
		t.Fatalf("a channel is answered with %d", c)
	}
	data := append([]byte{0x40, 0, 1200 >> 8, 1200 & 0xff}, make([]byte, 1200)...)
	copy(data[4:], request(t))
	data[4] = 0xff // nothing that media is: counted by the Mux as such
	before, dropped, begin := h.mux.Counters().Unclassified, h.Counters().Dropped, time.Now()
	const sent = 4000
	for i := range sent {
		_, _ = g.Write(data)
		if i%100 == 99 { // so that the kernel drops none
			want := uint64(i + 1)
			eventually(t, "all looked at", func() bool {
				return h.mux.Counters().Unclassified-before+h.Counters().Dropped-dropped == want
			})
		}
	}
	took := h.mux.Counters().Unclassified - before
	if most := uint64(octetsAhead+time.Since(begin).Seconds()*octetsASec)/1200 + 1; took > most || took < octetsAhead/1200 {
		t.Errorf("%d packets of %d are relayed in %v, want at most %d", took, sent, time.Since(begin), most)
	}
}

// TestTenThousandAllocationsOfManyUsers: there are no more than there is room for, whoever
// has none is told so, and the memory is bounded.
func TestTenThousandAllocationsOfManyUsers(t *testing.T) {
	h := open(t)
	nonce := h.guest(t, "201").nonce.String()
	nonce = nonce[:len(nonce)-markLength]
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	to, err := net.ResolveUDPAddr("udp4", h.udp)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[int]int{}
	for i := range 10000 {
		conn, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 9, byte(1+i%250))}, to)
		if err != nil {
			t.Fatal(err)
		}
		g := &guest{Conn: conn, t: t, nonce: stun.NewNonce(nonce + h.mark(nonce, addrPortOf(conn.LocalAddr()), addrPortOf(to)))}
		g.user, g.password = h.Credentials(strconv.Itoa(i%700), time.Now())
		counts[code(g.ask(stun.MethodAllocate))]++
		_ = conn.Close()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	grown := int64(after.HeapInuse+after.StackInuse) - int64(before.HeapInuse+before.StackInuse)
	t.Logf("%v, %d KiB", counts, grown>>10)
	full := counts[486] + counts[437] // a port that the system gives again has an allocation already
	if counts[200] != maxAllocations || full != 10000-maxAllocations || counts[437] > 100 || h.Counters().Allocations != maxAllocations {
		t.Errorf("%v, %+v", counts, h.Counters())
	}
	if grown > 32<<20 {
		t.Errorf("%d octets for %d allocations", grown, maxAllocations)
	}
}

// TestANonceThatIsNotOursIsAskedFor anew (RFC 8489 §9.2.4): one of a server that was here
// before, or that somebody has made up; with the fresh one the request is taken. One that
// is ours is good for many requests, from where it was given alone.
func TestANonceThatIsNotOursIsAskedFor(t *testing.T) {
	h, before := open(t), open(t)
	g := h.guest(t, "201")
	ours := g.nonce
	for name, nonce := range map[string]stun.Nonce{
		"another server's": before.guest(t, "201").nonce, "made up": stun.NewNonce("0123456789"), "long": stun.NewNonce(strings.Repeat("f", 700)),
		"ours, with more behind it": stun.NewNonce(ours.String() + "0"), "one that says nothing": stun.NewNonce(" "),
	} {
		g.nonce = nonce
		m := g.ask(stun.MethodAllocate)
		var fresh stun.Nonce
		if c := code(m); c != 438 && c != 400 {
			t.Errorf("%s: answered with %d", name, c)
		} else if c == 438 && (fresh.GetFrom(m) != nil || len(fresh) == 0) {
			t.Errorf("%s: no fresh nonce", name)
		}
	}
	if n := h.Counters().Made; n != 0 {
		t.Errorf("%d allocations", n)
	}
	g.nonce = ours
	if c := code(g.ask(stun.MethodAllocate)); c != 200 {
		t.Errorf("with a nonce of ours: %d", c)
	}
	for range 20 {
		if c := code(g.ask(stun.MethodRefresh)); c != 200 {
			t.Errorf("with the same once more: %d", c)
		}
	}
	other := h.guest(t, "202")
	other.nonce, other.password = ours, "wrong"
	if c := code(other.ask(stun.MethodAllocate)); c != 438 {
		t.Errorf("another's nonce and no password: %d", c)
	}
	other.user, other.password = g.user, g.password // of an allocation that is another's five-tuple
	if c := code(other.ask(stun.MethodRefresh)); c == 200 {
		t.Errorf("a refresh from elsewhere: %d", c)
	}
	if n := h.Counters().Allocations; n != 1 {
		t.Errorf("%d allocations", n)
	}
}
