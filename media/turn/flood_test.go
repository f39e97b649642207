package turn

import (
	"net"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// flood is what the relay may be sent: requests by name, for a user whose name and
// password are good and with a nonce that is.
func (h *house) flood(t testing.TB, from net.Conn) map[string][]byte {
	t.Helper()
	user, password := h.Credentials("201", time.Now())
	build := func(s ...stun.Setter) []byte {
		m, err := stun.Build(append([]stun.Setter{stun.TransactionID}, s...)...)
		if err != nil {
			t.Fatal(err)
		}
		return m.Raw
	}
	udp := stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}}
	ask := func(method stun.Method) stun.MessageType { return stun.NewType(method, stun.ClassRequest) }
	bare := build(ask(stun.MethodAllocate), udp)
	_, _ = from.Write(bare)
	answer := stun.Message{Raw: make([]byte, 2000)}
	_ = from.SetReadDeadline(time.Now().Add(patience))
	n, err := from.Read(answer.Raw)
	if answer.Raw = answer.Raw[:n]; err != nil || answer.Decode() != nil {
		t.Fatalf("no nonce: %v", err)
	}
	var nonce stun.Nonce
	if err := nonce.GetFrom(&answer); err != nil {
		t.Fatal(err)
	}
	signed := func(nonce, password string, s ...stun.Setter) []byte {
		return build(append(s, stun.NewUsername(user), stun.NewRealm("example.test"), stun.NewNonce(nonce), stun.NewLongTermIntegrity(user, "example.test", password))...)
	}
	a := h.mux.Addrs()[0]
	peer := stun.XORMappedAddress{IP: a.Addr().AsSlice(), Port: int(a.Port())}
	to := func(a stun.XORMappedAddress) stun.Setter { return peerAddress(a) }
	return map[string][]byte{
		"garbage":     []byte("OPTIONS sip:a@b SIP/2.0\r\n\r\n"),
		"no auth":     bare,
		"old nonce":   signed("00", password, ask(stun.MethodAllocate), udp),
		"wrong":       signed(nonce.String(), "wrong", ask(stun.MethodAllocate), udp),
		"right":       signed(nonce.String(), password, ask(stun.MethodAllocate), udp),
		"permission":  signed(nonce.String(), password, ask(stun.MethodCreatePermission), to(peer)),
		"elsewhere":   signed(nonce.String(), password, ask(stun.MethodCreatePermission), to(stun.XORMappedAddress{IP: net.IPv4(10, 0, 0, 1).To4(), Port: 1})),
		"channel":     signed(nonce.String(), password, ask(stun.MethodChannelBind), stun.RawAttribute{Type: stun.AttrChannelNumber, Value: []byte{0x40, 0, 0, 0}}, to(peer)),
		"refresh":     signed(nonce.String(), password, ask(stun.MethodRefresh)),
		"channeldata": {0x40, 0, 0, 4, 1, 2, 3, 4},
	}
}

// TestAFloodOfRequestsIsLookedAtSeldom: whoever asks without end, with a good password
// or none, is answered no more than some have use for, and others are served.
func TestAFloodOfRequestsIsLookedAtSeldom(t *testing.T) {
	h := open(t)
	conn, err := net.Dial("udp4", h.udp)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	all := h.flood(t, conn)
	const times, sure = 1000, 150
	answered := func(p []byte) (n int) {
		for i := range times {
			_, _ = conn.Write(p)
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			if i >= sure {
				_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
			}
			if _, err := conn.Read(make([]byte, 2000)); err == nil {
				n++
			} else if i < sure {
				t.Fatalf("request %d is not answered", i)
			}
		}
		return n
	}
	other, err := net.Dial("udp4", h.udp)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	theirs := h.flood(t, other)
	_, _ = other.Write(theirs["right"])
	eventually(t, "an allocation", func() bool { return h.Counters().Allocations == 1 })
	_, _ = conn.Write(all["right"])
	eventually(t, "another", func() bool { return h.Counters().Allocations == 2 })
	begin := time.Now()
	n := answered(all["permission"])
	most := int((requestAtOnce+time.Since(begin))/requestEvery) + 10 // the more, the slower this machine is
	if n > most {
		t.Errorf("%d of %d requests for permissions are answered", n, times)
	}
	eventually(t, "those that are not answered are counted as dropped", func() bool { return int(h.Counters().Dropped) >= times-most })
	_, _ = other.Write(theirs["permission"])
	_ = other.SetReadDeadline(time.Now().Add(patience))
	if _, err := other.Read(make([]byte, 2000)); err != nil {
		t.Errorf("another user is not served: %v", err)
	}
	stranger, err := net.Dial("udp4", h.udp)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	before := h.Counters().Ignored
	begin = time.Now()
	for range times {
		_, _ = stranger.Write(all["no auth"])
		_ = stranger.SetReadDeadline(time.Now().Add(time.Millisecond))
		_, _ = stranger.Read(make([]byte, 2000))
	}
	most = int((hostAtOnce+time.Since(begin))/hostEvery) + 10
	eventually(t, "most of a stranger's requests are ignored", func() bool { return int(h.Counters().Ignored-before) >= times-most })
}

// peerAddress is XOR-PEER-ADDRESS.
type peerAddress stun.XORMappedAddress

func (p peerAddress) AddTo(m *stun.Message) error {
	x := stun.XORMappedAddress(p)
	return x.AddToAs(m, stun.AttrXORPeerAddress)
}

// BenchmarkFlood is what a datagram costs the server, with the sending of it, of
// somebody who has an allocation and of somebody who has none.
func BenchmarkFlood(b *testing.B) {
	for _, has := range []bool{false, true} {
		h := open(b)
		conn, err := net.Dial("udp4", h.udp)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		all := h.flood(b, conn)
		if has {
			_, _ = conn.Write(all["right"])
			eventually(b, "an allocation", func() bool { return h.Counters().Allocations == 1 })
		}
		for name, p := range all {
			if name == "right" && !has {
				continue
			}
			b.Run(map[bool]string{false: "stranger/", true: "user/"}[has]+name, func(b *testing.B) {
				begin := processorTime()
				for range b.N {
					_, _ = conn.Write(p)
				}
				b.ReportMetric(float64(processorTime()-begin)/float64(b.N), "cpu-ns/op")
				b.StopTimer()
			})
		}
	}
}
