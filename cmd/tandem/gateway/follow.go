package gateway

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
)

// addressesEvery is how often this machine's addresses are looked at.
const addressesEvery = 2 * time.Second

// maxFormer bounds the addresses of before that are remembered.
const maxFormer = 64

// looksAfter are the times after a change of this machine's addresses at which calls are
// looked at: at once, and later, since a route may come after its address, and a connection
// after both.
func looksAfter() []time.Duration {
	return []time.Duration{0, 6 * time.Second, 14 * time.Second, 30 * time.Second, time.Minute}
}

// followAddresses lets calls follow a change of this machine's addresses, or of public_ip.
// Registrations look for themselves.
func (g *Gateway) followAddresses(ctx context.Context) error {
	tick := time.NewTicker(addressesEvery)
	defer tick.Stop()
	is, looks, begun := machine.Addrs(), []time.Duration(nil), time.Time{}
	var were []netip.Addr // before the last changes; those of now may be among them
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-g.renamed:
			looks, begun = looksAfter(), time.Now()
		case <-tick.C:
			if now := machine.Addrs(); len(now) > 0 && !slices.Equal(now, is) {
				g.log.Info("the addresses of this machine have changed", "were", texts(is), "are", texts(now))
				were = append(were, is...)
				were, is, looks, begun = were[max(0, len(were)-maxFormer):], now, looksAfter(), time.Now()
			}
		}
		if len(looks) == 0 || time.Since(begun) < looks[0] {
			continue
		}
		looks = looks[1:]
		for _, s := range g.listening().udp {
			s.Reroute()
		}
		g.ways.streams.Reroute()
		before, now := were, is
		g.core.Readdress(func(a netip.Addr) bool { return slices.Contains(before, a) && !slices.Contains(now, a) })
	}
}

func texts(all []netip.Addr) (out []string) {
	for _, a := range all {
		out = append(out, a.String())
	}
	return out
}
