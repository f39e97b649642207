//go:build asterisk

package asterisk

import (
	"context"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/test/fakeua"
	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// hand is a telephone of Asterisk's that the test plays: it can do what baresip cannot.
// It has the extension 8303, which needs no password, and calls out only.
type hand struct {
	*fakeua.UA
	t *testing.T
	h *house
}

// handset is the extension that a hand calls as.
const handset = `
[8303]
type=endpoint
context=internal
disallow=all
allow=ulaw
direct_media=no
aors=8303
[8303]
type=aor
max_contacts=1
`

// attached hands on what arrives from the moment on that its owner is known.
type attached struct{ ua atomic.Pointer[fakeua.UA] }

func (a *attached) Message(f *flow.Flow, raw []byte) {
	if u := a.ua.Load(); u != nil {
		u.Message(f, raw)
	}
}

func (a *attached) Closed(f *flow.Flow) {
	if u := a.ua.Load(); u != nil {
		u.Closed(f)
	}
}

// hand opens a telephone until the test ends.
func (h *house) hand() *hand {
	h.t.Helper()
	a := &attached{}
	udp, err := flow.ListenUDP(flow.UDPConfig{Listen: netip.AddrPortFrom(netip.MustParseAddr(peers.ExtensionIP), 0), Workers: 1, PerSource: -1, PerAddress: -1}, a)
	if err != nil {
		h.t.Fatal(err)
	}
	u := fakeua.On(h.t, "8303", udp.Flow(netip.MustParseAddrPort(h.a.Addr)))
	u.Domain, u.Password, u.Patience = peers.SwitchIP, "", soon
	a.ua.Store(u)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = udp.Run(ctx) }()
	h.t.Cleanup(func() { cancel(); <-done })
	return &hand{UA: u, t: h.t, h: h}
}

// call calls a number at Asterisk and plays a melody there.
func (p *hand) call(number string, m sound.Melody) (*fakeua.Call, *peers.Line) {
	p.t.Helper()
	line := peers.StartLine(p.t, peers.ExtensionIP, m)
	c := p.Invite(number, fakeua.Invitation{
		SDP: p.Describe(fakeua.Description{Codecs: []string{"pcmu"}, Port: line.Port}), Target: "sip:" + number + "@" + p.h.a.Addr,
	})
	port, err := peers.AudioPort(c.Answered().Body())
	if err != nil {
		p.t.Fatal(err)
	}
	line.To(peers.SwitchIP, port)
	return c, line
}
