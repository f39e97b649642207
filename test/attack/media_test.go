package attack

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// sides are the gateway's two ports of a call, and those above for RTCP.
func (k *talk) sides() []netip.AddrPort {
	a, b := k.a.target(), k.b.target()
	return []netip.AddrPort{a, b, netip.AddrPortFrom(a.Addr(), a.Port()+1), netip.AddrPortFrom(b.Addr(), b.Port()+1)}
}

// for a time, each millisecond.
func each(d, pause time.Duration, do func(i int)) {
	end := time.After(d)
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-end:
			return
		case <-tick.C:
			do(i)
		}
	}
}

func silent(t *testing.T, s *stranger) {
	t.Helper()
	peers.Pause(100 * time.Millisecond)
	if n, octets := s.heard(); n != 0 {
		t.Errorf("the stranger was sent %d packets, %d octets", n, octets)
	}
}

func TestEarlyAndRunningRTPOfAStrangerIsNeitherHeardNorAnswered(t *testing.T) {
	t.Parallel()
	h := open(t)
	s, near := h.stranger("127.0.0.66"), h.stranger("127.0.0.11") // near: at the caller's host
	k := h.talking(func(a, b netip.AddrPort) {
		for n := range uint32(50) {
			s.send(a, rtpPacket(0x666, n, []byte("early")))
			s.send(b, rtpPacket(0x666, n, []byte("early")))
			near.send(b, rtpPacket(0x667, n, []byte("early")))
		}
	})
	k.sound(0.9, func() {
		each(1500*time.Millisecond, time.Millisecond, func(i int) {
			for j, to := range k.sides()[:2] {
				// The very line that the call has, some packets ahead.
				ssrc := []uint32{k.a.ssrc, k.b.ssrc}[j]
				s.send(to, rtpPacket(ssrc, uint32(i)+100, []byte("injected")))
				near.send(to, rtpPacket(ssrc, uint32(i), []byte("injected")))
			}
		})
	})
	silent(t, s)
	silent(t, near)
	k.end()
}

func TestForgedRTCPEndsAndChangesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	s, k := h.stranger("127.0.0.66"), h.talking(nil)
	k.sound(0.9, func() {
		each(1500*time.Millisecond, time.Millisecond, func(i int) {
			for _, to := range k.sides() {
				for _, b := range rtcpOf(k.a.ssrc, k.b.ssrc) {
					s.send(to, b[:max(1, len(b)-i%9)])
					s.send(to, b)
				}
			}
		})
	})
	silent(t, s)
	k.end()
}

// rtcpOf are a BYE of each, a report with lies, and what is no RTCP at all.
func rtcpOf(ssrcs ...uint32) (all [][]byte) {
	for _, ssrc := range ssrcs {
		bye := binary.BigEndian.AppendUint32([]byte{0x81, 203, 0, 1}, ssrc)
		rr := binary.BigEndian.AppendUint32([]byte{0x81, 201, 0, 7}, ssrc)
		rr = append(rr, make([]byte, 24)...)
		all = append(all, bye, rr, append(rr, bye...), []byte{0x80, 200, 0xff, 0xff, 1, 2, 3, 4}, []byte{0x9f, 205, 0, 0})
	}
	return all
}

func TestAFloodOfRTPLeavesTheCallItsSound(t *testing.T) {
	h := open(t)
	k, s := h.talking(nil), h.stranger("127.0.0.66")
	k.sound(0.8, func() {
		h.during(func() {
			each(2*time.Second, time.Millisecond, func(i int) {
				for j := range 10 { // some 10000 a second, each of another source
					to := k.sides()[j%2]
					s.send(to, rtpPacket(rand.Uint32(), uint32(i), []byte("flood")))
				}
			})
		})
	})
	silent(t, s)
	k.end()
}

func TestSTUNDTLSAndGarbageOfAStrangerChangeNoPlainCall(t *testing.T) {
	t.Parallel()
	h := open(t)
	s, k := h.stranger("127.0.0.66"), h.talking(nil)
	k.sound(0.9, func() {
		each(1500*time.Millisecond, time.Millisecond, func(i int) {
			for _, to := range k.sides() {
				s.send(to, stunBinding(i%3 == 0))
				s.send(to, clientHello())
				junk := make([]byte, rand.IntN(300))
				for n := range junk {
					junk[n] = byte(rand.Uint32())
				}
				s.send(to, junk)
			}
		})
	})
	silent(t, s)
	k.end()
}

// stunBinding is a Binding request, with a USERNAME or without.
func stunBinding(user bool) []byte {
	b := []byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}
	for range 3 {
		b = binary.BigEndian.AppendUint32(b, rand.Uint32())
	}
	if user {
		b = append(b, 0, 6, 0, 8, 'a', 'b', 'c', 'd', ':', 'e', 'f', 'g')
		b[3] = 12
	}
	return b
}

// clientHello is the beginning of a DTLS 1.2 handshake.
func clientHello() []byte {
	body := []byte{0xfe, 0xfd}
	for range 8 {
		body = binary.BigEndian.AppendUint32(body, rand.Uint32())
	}
	body = append(body, 0, 0, 0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0)
	n := byte(len(body))
	hs := append([]byte{1, 0, 0, n, 0, 0, 0, 0, 0, 0, 0, n}, body...)
	return append([]byte{22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(len(hs))}, hs...)
}
