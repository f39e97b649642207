package gateway

import (
	"context"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/doctor"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
)

// doctor examines the running gateway.
func (g *Gateway) doctor(ctx context.Context, network bool) (admin.Checkup, error) {
	p := &doctor.Patient{
		File: g.file(), State: g.options.State, Network: network,
		Gateway: &doctor.Running{Places: g.places, Trunks: g.trunkViews, Recent: g.book.Recent},
	}
	if path := g.options.Path; path != "" {
		if file, found := config.Load(path, rules.ReadingThoroughly()); found.HasErrors() || file != nil {
			p.Found = found
		}
	}
	return p.Examine(ctx), nil
}
