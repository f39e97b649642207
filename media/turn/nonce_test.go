package turn

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/pion/stun/v4"
)

// connected is a guest over TCP.
func (h *house) connected(t *testing.T, name string) *guest {
	t.Helper()
	return h.over(t, "tcp4", h.tcp, name)
}

// A nonce is of use to who was given it, and to nobody who has seen it: not as it is, not
// without its mark, nor with a request that it was used in.
func TestANonceIsForWhoWasGivenIt(t *testing.T) {
	h := open(t)
	for name, open := range map[string]func(*testing.T, string) *guest{"udp": h.guest, "tcp": h.connected} {
		t.Run(name, func(t *testing.T) {
			victim, sniffer := open(t, "201"), open(t, "201")
			if len(victim.nonce) <= markLength {
				t.Fatalf("the nonce is %q", victim.nonce)
			}
			own := sniffer.nonce
			for what, nonce := range map[string]stun.Nonce{
				"as it is": victim.nonce, "without its mark": victim.nonce[:len(victim.nonce)-markLength],
				"with another mark": append(bytes.Clone(victim.nonce[:len(victim.nonce)-1]), '_'), "nothing of it": stun.Nonce("-"),
			} {
				sniffer.nonce = nonce
				refused := sniffer.ask(stun.MethodAllocate)
				if c := code(refused); c != 438 {
					t.Errorf("%s it is answered with %d", what, c)
				}
				var fresh stun.Nonce
				if fresh.GetFrom(refused) != nil || len(fresh) != len(own) {
					t.Errorf("%s: the next nonce is %q", what, fresh)
				}
				own = fresh
			}
			if n := h.Counters().Allocations; n != 0 {
				t.Errorf("%d allocations", n)
			}
			for _, g := range []*guest{victim, sniffer} {
				if g == sniffer {
					g.nonce = own
				}
				if c := code(g.ask(stun.MethodAllocate)); c != 200 {
					t.Errorf("with its own nonce it is answered with %d", c)
				}
			}
			victim.nonce = own // within an allocation, too
			stale := victim.ask(stun.MethodRefresh)
			if c := code(stale); c != 438 || victim.nonce.GetFrom(stale) != nil {
				t.Errorf("a foreign nonce is answered with %d", c)
			}
			none := stun.RawAttribute{Type: stun.AttrLifetime, Value: make([]byte, 4)}
			for _, g := range []*guest{victim, sniffer} {
				if c := code(g.ask(stun.MethodRefresh, none)); c != 200 {
					t.Errorf("the end of an allocation is answered with %d", c)
				}
			}
			eventually(t, "the allocations gone", func() bool { return h.Counters().Allocations == 0 })
		})
	}
}

// A wrong password stays one, whatever the nonce.
func TestAMarkProvesNoPassword(t *testing.T) {
	h := open(t)
	g := h.guest(t, "201")
	g.password += "x"
	if c := code(g.ask(stun.MethodAllocate)); c != 401 {
		t.Errorf("answered with %d", c)
	}
	if c := h.Counters(); c.Unauthorized != 1 || c.Made != 0 {
		t.Errorf("%+v", c)
	}
}

func FuzzUnbind(f *testing.F) {
	s := &Server{c: Config{Secret: make([]byte, 32)}}
	far, near := netip.MustParseAddrPort("192.0.2.7:4000"), netip.MustParseAddrPort("192.0.2.1:3478")
	nonce := "2x" + s.mark("2x", far, near)
	m, err := stun.Build(
		stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest), stun.NewUsername("1:201"), stun.NewRealm("example.test"), stun.NewNonce(nonce),
		stun.NewLongTermIntegrity("1:201", "example.test", s.password("1:201")), stun.Fingerprint,
	)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.Raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = s.bind(bytes.Clone(b), far, near)
		before := len(b)
		n := s.unbind(b, far, near)
		if n > before {
			t.Errorf("%d octets of %d", n, before)
		}
		m := &stun.Message{Raw: b[:n]}
		if n == before || m.Decode() != nil {
			return
		}
		if v, err := m.Get(stun.AttrNonce); err != nil || s.mark(string(v), far, near) == "" {
			t.Errorf("no nonce in %x", b[:n])
		}
	})
}
