package registrar

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/guard"
)

// Registrar knows the bindings. It is safe for concurrent use.
type Registrar struct {
	cfg        Config
	rules      atomic.Pointer[Rules]
	challenges *Challenges
	warnings   *rate.Limiter // guessers do not fill the log

	gruus gruus
	given atomic.Uint64 // temporary GRUUs

	mu     sync.Mutex // a leaf: guards what follows
	table  table
	proven map[flow.Key][]identity // no more of a connection than there are users
}

var ping = []byte("\r\n\r\n")

// identity is a user at the other end of a connection.
type identity struct{ user, instance string }

// New returns a Registrar that knows nobody.
func New(c Config) *Registrar {
	if c.Challenges == nil {
		c.Challenges = NewChallenges()
	}
	r := &Registrar{
		cfg: c.withDefaults(), challenges: c.Challenges, warnings: rate.NewLimiter(1, 10),
		gruus: newGRUUs(), table: newTable(), proven: make(map[flow.Key][]identity),
	}
	r.SetRules(c.Rules)
	r.cfg.Rules = Rules{} // whoever means those that count asks for them
	if r.cfg.Guard == nil {
		r.cfg.Guard = guard.New(guard.Config{Known: r.Known, Log: c.Log})
	}
	return r
}

// SetRules replaces the rules, for what comes from now on.
func (r *Registrar) SetRules(rules Rules) {
	rules = rules.withDefaults()
	r.rules.Store(&rules)
}

// now are the rules that count.
func (r *Registrar) now() *Rules { return r.rules.Load() }

// Lookup returns where a user can be reached now: the most preferred first, of
// equal ones the newest.
func (r *Registrar) Lookup(now time.Time, user string) []Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Binding
	for _, b := range r.table.users[user] {
		if b.live(now) {
			out = append(out, *b)
		}
	}
	slices.SortStableFunc(out, func(a, b Binding) int {
		return cmp.Or(cmp.Compare(b.Q, a.Q), b.Since.Compare(a.Since))
	})
	return out
}

// Users returns how many bindings each user has that can be reached now.
func (r *Registrar) Users(now time.Time) map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[string]int, len(r.table.users))
	for user, bs := range r.table.users {
		for _, b := range bs {
			if b.live(now) {
				out[user]++
			}
		}
	}
	return out
}

// Identity returns the user that has proved itself on a connection; of several
// the one that is meant, where it is one of them, else the first. Datagrams prove
// nothing about the next one.
func (r *Registrar) Identity(f *flow.Flow, meant string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := r.proven[f.Key()]
	for _, id := range ids {
		if strings.EqualFold(id.user, meant) {
			return id.user, true
		}
	}
	if len(ids) == 0 {
		return "", false
	}
	return ids[0].user, true
}

// Instance returns the device that a user has registered on a connection, ""
// where it said none.
func (r *Registrar) Instance(f *flow.Flow, user string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range r.proven[f.Key()] {
		if id.user == user {
			return id.instance
		}
	}
	return ""
}

// Current returns the flow that a device of a user holds now: where requests in
// its dialogs go after it has come back on another connection.
func (r *Registrar) Current(user, instance string) (*flow.Flow, bool) {
	if instance == "" {
		return nil, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	var newest *Binding
	for _, b := range r.table.users[user] {
		if b.Instance == instance && b.live(now) && (newest == nil || b.Since.After(newest.Since)) {
			newest = b
		}
	}
	if newest == nil {
		return nil, false
	}
	return newest.Flow, true
}

// FlowClosed ends the bindings of a connection.
func (r *Registrar) FlowClosed(f *flow.Flow) {
	r.mu.Lock()
	var gone []*Binding
	for _, b := range slices.Clone(r.table.flows[f.Key()]) {
		gone = append(gone, r.table.remove(b.User, func(o *Binding) bool { return o == b })...)
	}
	delete(r.proven, f.Key())
	r.mu.Unlock()
	r.tell(time.Now(), Disconnected, gone)
}

// DropFlows ends the bindings whose flows match: those of a socket that is taken
// away. Connections tell by themselves that they end.
func (r *Registrar) DropFlows(match func(*flow.Flow) bool) {
	r.mu.Lock()
	var users []string
	for user := range r.table.users {
		users = append(users, user)
	}
	var gone []*Binding
	for _, user := range users {
		gone = append(gone, r.table.remove(user, func(b *Binding) bool { return match(b.Flow) })...)
	}
	r.mu.Unlock()
	r.tell(time.Now(), Dropped, gone)
}

// Drop ends the bindings of users that there are no more, and forgets that they have
// proved themselves. Their connections stay: there may be calls on them.
func (r *Registrar) Drop(users []string) {
	if len(users) == 0 {
		return
	}
	are := make(map[string]bool, len(users))
	r.mu.Lock()
	var gone []*Binding
	for _, user := range users {
		are[user] = true
		gone = append(gone, r.table.remove(user, func(*Binding) bool { return true })...)
	}
	for key, ids := range r.proven {
		left := slices.DeleteFunc(ids, func(id identity) bool { return are[id.user] })
		if r.proven[key] = left; len(left) == 0 {
			delete(r.proven, key)
		}
	}
	r.mu.Unlock()
	r.tell(time.Now(), Dropped, gone)
}

func (r *Registrar) tell(at time.Time, k ChangeKind, bs []*Binding) {
	for _, b := range bs {
		r.cfg.Log.Info(string(k), "user", b.User, "path", b.Flow.Kind().String(), "remote", b.Flow.Remote().String(),
			"user_agent", b.UserAgent, "expires", b.Expires.Sub(at).Round(time.Second))
		if r.cfg.Notify != nil {
			r.cfg.Notify(Change{At: at, Kind: k, Binding: *b})
		}
	}
}

// Run keeps UDP bindings open and sweeps out what has expired, until ctx ends: all
// once within KeepAlive, a part at a time.
func (r *Registrar) Run(ctx context.Context) error {
	t := time.NewTicker(r.cfg.KeepAlive / rounds)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-t.C:
			r.round(now)
		}
	}
}

// round deals with one part of the bindings. It sends the double CRLF of RFC 5626
// §3.5.1 to the addresses of UDP bindings: a router on the way keeps its hole open
// for what goes out of it and for what comes in. Connections ping by themselves.
func (r *Registrar) round(now time.Time) {
	r.mu.Lock()
	gone, flows := r.table.next(now)
	r.mu.Unlock()
	r.tell(now, Expired, gone)
	for _, f := range flows {
		_ = f.Send(ping) // nobody is waiting for it
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
