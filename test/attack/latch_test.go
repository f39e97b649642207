package attack

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/test/fakeua"
	"github.com/tandemgw/tandem/test/peers"
)

// behindProxy sets a call up whose caller describes another host than its signaling
// comes from, and whose sound comes from a third: a telephone behind a proxy that
// carries no media, and a NAT that keeps ports. early is called before the sound.
func (h *house) behindProxy(host string, early func(a netip.AddrPort)) *talk {
	h.t.Helper()
	ua, ub := h.phone("1001").Online(), h.phone("1002").Online()
	h.last++
	from := strings.Replace(ua.Flow().Local().Addr().String(), "127.0.0.", "127.0.1.", 1)
	k := &talk{h: h, a: newVoice(h.t, from, 0xaaaa), b: newVoice(h.t, ub.Flow().Local().Addr().String(), 0xbbbb)}
	k.out = ua.Invite("1002", fakeua.Invitation{SDP: plainSDP(host, k.a.port(), "")})
	k.in = ub.Incoming()
	k.in.Respond(200, "OK", ub.Describe(fakeua.Description{Port: k.b.port()}))
	k.in.Acked()
	to := gatewaySide(h.t, k.out.Answered().Body())
	k.b.aim(gatewaySide(h.t, k.in.Invite.Body()))
	early(to)
	k.a.aim(to)
	peers.Await(h.t, patience, "the two hear each other", func() bool { return k.a.count() > 5 && k.b.count() > 5 })
	return k
}

// TestAStrangerWhoWasFirstLosesItToAPlausibleTelephone: the telephone's sound comes
// from a host that nothing names, and its port speaks for it.
func TestAStrangerWhoWasFirstLosesItToAPlausibleTelephone(t *testing.T) {
	t.Parallel()
	h := open(t)
	s := h.stranger("127.0.0.66")
	k := h.behindProxy("10.77.0.5", func(a netip.AddrPort) {
		for n := range uint32(50) {
			s.send(a, rtpPacket(0x666, n, []byte("early")))
		}
	})
	before, _ := s.heard()
	k.sound(0.9, func() {})
	if after, _ := s.heard(); after != before {
		t.Errorf("the stranger was sent %d packets when the telephone was heard already", after-before)
	}
	k.end()
}
