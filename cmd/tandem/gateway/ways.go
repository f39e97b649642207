package gateway

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/uac"
)

// ways are how requests leave the gateway: from the UDP socket of the family, or
// over a connection that is opened. They implement uac.Ways.
type ways struct {
	udp     func(netip.AddrPort) *flow.Flow
	streams *flow.Connector // set before anything is served
}

// Flow implements uac.Ways.
func (w *ways) Flow(t locate.Target, who uac.Identity) (*flow.Flow, error) {
	if t.Kind != flow.UDP {
		return w.streams.Flow(flow.Toward{
			Kind: t.Kind, Remote: t.Addr, ServerName: t.Name, Certificate: who.Certificate, Roots: who.Roots,
		})
	}
	if f := w.udp(t.Addr); f != nil {
		return f, nil
	}
	return nil, fmt.Errorf("no UDP listener has a way to %s", t.Addr)
}

// families remembers for a moment which families of addresses this machine has a way
// to: asking takes a socket.
type families struct {
	mu    sync.Mutex
	asked [2]time.Time // guarded by mu: IPv4, IPv6
	there [2]bool      // guarded by mu
}

// reach says whether there is a way to an address.
func (f *families) reach(a netip.Addr) bool {
	i := 0
	if a.Is6() {
		i = 1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); f.asked[i].IsZero() || now.Sub(f.asked[i]) > askAgain {
		f.asked[i], f.there[i] = now, !machine.SourceFor(a).IsUnspecified()
	}
	return f.there[i]
}

// askAgain is how long the answer of families holds.
const askAgain = 10 * time.Second

// openWays makes what requests are sent with; connectWays gives it the transaction
// layer, which is made after it.
func (g *Gateway) openWays(o Options) {
	g.ways = &ways{udp: g.udpFlow}
	g.locator = locate.New(locate.Config{Usable: new(families).reach, Log: o.Log})
	g.closer(func() error { g.locator.Close(); return nil })
	g.client = uac.New(uac.Config{Ways: g.ways, Finder: g.locator, Log: o.Log})
}

func (g *Gateway) connectWays(o Options) {
	g.client.Attach(g.layer)
	g.ways.streams = flow.NewConnector(flow.ConnectorConfig{Local: g.local, Log: o.Log}, g.layer)
	g.closer(g.ways.streams.Close)
	g.closer(func() error { g.client.Close(); return nil })
}
