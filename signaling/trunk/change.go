package trunk

import (
	"bytes"
	"context"
	"crypto/tls"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/uac"
)

// runs is what of a trunk runs.
type runs struct {
	end  context.CancelFunc // nil before it runs; guarded by Trunks.mu, as done
	done chan struct{}      // closed when it has said goodbye
}

// startLocked has a trunk register and ask for health, once the one that it comes
// after has ended; nil for none. Trunks.mu is held.
func (ts *Trunks) startLocked(t, after *Trunk) {
	ctx, cancel := context.WithCancel(ts.serving)
	done := make(chan struct{})
	t.runs = runs{cancel, done}
	ts.running.Go(func() {
		defer close(done)
		defer cancel()
		if after != nil {
			after.wait()
		}
		var wg sync.WaitGroup
		wg.Go(func() { t.health.run(ctx) })
		for _, r := range t.registrations() {
			wg.Go(func() { r.run(ctx) })
		}
		wg.Go(func() { t.relay.run(ctx) })
		wg.Wait()
	})
}

// wait waits until a trunk that runs no more has said goodbye.
func (t *Trunk) wait() {
	if t.runs.done != nil {
		<-t.runs.done
	}
}

// Set replaces the configurations, which must be valid, their names all different.
// It does not wait. A trunk
//
//  1. that is the same is not touched;
//  2. that is new begins to run;
//  3. that is gone says goodbye, and serves its calls until they end;
//  4. that is another one takes the calls of the one before along, and registers
//     anew: where its account is at the same place as before, the binding goes over
//     to it, and is not taken away in between.
func (ts *Trunks) Set(configs []Config) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.closed {
		return
	}
	was := ts.now()
	kept := make(map[*Trunk]bool)
	var all []*Trunk
	var fresh [][2]*Trunk // and the one before
	for _, c := range configs {
		old := was.byName[c.Name]
		if old != nil && same(old.cfg, c.withDefaults()) {
			kept[old] = true
			all = append(all, old)
			continue
		}
		t := newTrunk(c, ts.deps)
		if old != nil {
			t.comeAfter(old)
		} else if old = was.left(c.Name); old != nil {
			t.load = old.load
		}
		all, fresh = append(all, t), append(fresh, [2]*Trunk{t, old})
	}
	next := newSet(all, was.leavingNext(kept, all))
	ts.current.Store(next)
	for _, t := range was.all {
		if !kept[t] && t.runs.end != nil {
			t.runs.end()
		}
	}
	if ts.serving == nil {
		return // Run will
	}
	for _, f := range fresh {
		ts.startLocked(f[0], f[1])
	}
}

// Renew has registrations made again whose binding was made on a flow that matches:
// the Contact that the registrar has leads to us no more.
func (ts *Trunks) Renew(match func(*flow.Flow) bool) {
	for _, t := range ts.All() {
		for _, r := range t.registrations() {
			if f := r.state().flow; f != nil && match(f) {
				r.again()
			}
		}
	}
}

// left returns the trunk of a name that is not configured any more and may have
// calls; nil for none.
func (s *set) left(name string) *Trunk {
	for _, t := range s.leaving {
		if t.cfg.Name == name {
			return t
		}
	}
	return nil
}

// leavingNext are those whose calls go on although no trunk of their name is there
// any more.
func (s *set) leavingNext(kept map[*Trunk]bool, all []*Trunk) []*Trunk {
	var out []*Trunk
	for _, t := range slices.Concat(s.leaving, s.all) {
		again := slices.ContainsFunc(all, func(o *Trunk) bool { return o.cfg.Name == t.cfg.Name })
		if !kept[t] && !again && t.Calls() > 0 {
			out = append(out, t)
		}
	}
	return out
}

// comeAfter takes over what is known of a trunk whose configuration was another one.
func (t *Trunk) comeAfter(old *Trunk) {
	t.load = old.load
	if !samePlace(t.cfg, old.cfg) {
		return
	}
	old.mu.Lock()
	t.places = maps.Clone(old.places)
	old.mu.Unlock()
	t.relay.comeAfter(old.relay)
	for _, r := range t.registrations() {
		before := old.own
		if r.user != "" {
			before = old.held[strings.ToLower(r.user)]
		}
		if before != nil && before.contactUser == r.contactUser && before.account.User == r.account.User {
			before.inherited.Store(true)
			r.before, r.callID, r.tag = before, before.callID, before.tag
			r.st = before.state()
		}
	}
}

// inherit goes on with a binding as it was left, once nobody else refreshes it.
func (r *registration) inherit() {
	if r.before == nil {
		return
	}
	st := r.before.state()
	st.ask = max(st.ask, r.account.Expires)
	r.before = nil
	r.mu.Lock()
	defer r.mu.Unlock()
	r.st = st
	r.st.failures, r.st.failure = 0, ""
}

// comeAfter takes over who is bound.
func (y *relay) comeAfter(old *relay) {
	if !y.on || !old.on || y.domain != old.domain {
		return
	}
	old.mu.Lock()
	defer old.mu.Unlock()
	for name, u := range old.users {
		copied := *u
		y.users[name] = &copied
		y.byContact[u.contactUser] = u.user
	}
}

// samePlace says whether requests for the two go the same way to the same domain.
func samePlace(a, b Config) bool {
	domain := func(c Config) string {
		if c.Accounts == nil {
			return ""
		}
		return c.Accounts.Domain
	}
	return a.Host == b.Host && a.Port == b.Port && a.Transport == b.Transport && a.Proxy == b.Proxy && domain(a) == domain(b)
}

// same says whether two configurations are one.
func same(a, b Config) bool {
	if !sameIdentity(a.Security, b.Security) {
		return false
	}
	a.Security, b.Security = uac.Identity{}, uac.Identity{}
	return reflect.DeepEqual(a, b)
}

func sameIdentity(a, b uac.Identity) bool {
	return sameCertificate(a.Certificate, b.Certificate) && (a.Roots == nil) == (b.Roots == nil) && (a.Roots == nil || a.Roots.Equal(b.Roots))
}

func sameCertificate(a, b *tls.Certificate) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.EqualFunc(a.Certificate, b.Certificate, bytes.Equal)
}
