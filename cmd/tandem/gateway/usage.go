package gateway

import (
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/store"
)

// usage holds calls through trunks to what the current file allows.
type usage struct {
	ledger *store.Usage
	file   func() *config.File
	rules  atomic.Pointer[usageRules]
}

// usageRules are the limits of one file.
type usageRules struct {
	of     *config.File
	users  map[string]string // name of the permissions of users that name some
	trunks map[string]config.Trunk
	blocks map[string]config.Permissions
}

// openUsage reads what was talked before.
func (g *Gateway) openUsage(o Options) (*usage, error) {
	ledger, err := store.OpenUsage(filepath.Join(o.State, "usage.json"), g.file().Zone)
	if err != nil {
		return nil, err
	}
	g.closer(ledger.Close)
	return &usage{ledger: ledger, file: g.file}, nil
}

// current gives the limits of the file that runs.
func (u *usage) current() *usageRules {
	f := u.file()
	if r := u.rules.Load(); r != nil && r.of == f {
		return r
	}
	r := &usageRules{of: f, users: map[string]string{}, trunks: map[string]config.Trunk{}, blocks: map[string]config.Permissions{}}
	for _, user := range f.Users {
		if user.Permissions != "" {
			r.users[user.Name] = user.Permissions
		}
	}
	for _, t := range f.Trunks {
		r.trunks[t.Name] = t
	}
	for _, p := range f.Permissions {
		r.blocks[p.Name] = p
	}
	u.rules.Store(r)
	return r
}

// Begin implements leg.Usage. Without a limit nothing is counted.
func (u *usage) Begin(from dialplan.Source, trunk string) (leg.Charge, error) {
	limits := u.current().limits(from, trunk)
	if len(limits) == 0 {
		return nil, nil
	}
	c, err := u.ledger.Begin(limits)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// limits gives what holds a call: the caller's permissions, whose refusal is the caller's own, and the trunk's minutes,
// after which another trunk may be tried.
func (r *usageRules) limits(from dialplan.Source, trunk string) []store.Limit {
	name := r.users[from.Name]
	if from.Kind == dialplan.FromTrunk {
		name = r.trunks[from.Name].Permissions
	}
	if name == "" {
		name = dialplan.DefaultPermissions
	}
	var all []store.Limit
	if p, ok := r.blocks[name]; ok && p.MaxCalls+p.MinutesADay+p.MinutesAMonth > 0 {
		all = append(all, store.Limit{
			Who: from.String(), Setting: "permissions " + strconv.Quote(name), Status: 403, Calls: p.MaxCalls,
			Day: time.Duration(p.MinutesADay) * time.Minute, Month: time.Duration(p.MinutesAMonth) * time.Minute,
		})
	}
	if t := r.trunks[trunk]; t.MinutesADay+t.MinutesAMonth > 0 {
		all = append(all, store.Limit{
			Who: "to trunk:" + trunk, Setting: "trunk " + strconv.Quote(trunk), Status: 503,
			Day: time.Duration(t.MinutesADay) * time.Minute, Month: time.Duration(t.MinutesAMonth) * time.Minute,
		})
	}
	return all
}
