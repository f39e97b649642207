package bridge

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// maxFollowed bounds the redirections that are followed in one call.
const maxFollowed = 5

// Redirection is what the far end of a branch says in a 3xx: RFC 3261 §8.1.3.4.
type Redirection struct {
	// Cause is what the branch came to where nothing is followed.
	Cause tandem.Cause
	// Reason is why the call is sent on, in the words of tandem.Diversion.
	Reason string
	// To are the places named, in the order in which they are written.
	To []Contact
}

// Contact is one Contact of a redirection.
type Contact struct {
	// URI is the Contact, for people.
	URI string
	// Number is what it asks for, where it is a number with us: the dialplan is asked
	// as for a call of whoever redirects.
	Number string
	// Own says that URI is a place of the trunk that redirects, to be called as that
	// trunk is.
	Own bool
	// Q is its preference: 0 to 1.
	Q float64
}

// A redirection is followed by branches of the same fork, so that others go on
// ringing: chain. The places come one after the other, the most preferred first,
// and each as the dialplan routes the number for whoever redirects. What the
// dialplan does beside calling (play, reject) comes when nobody has answered:
// continuation.
type (
	chain struct {
		groups []group      // to be called one after the other
		now    group        // that is called
		live   int          // branches, and chains of branches that redirect, of this group
		best   tandem.Cause // of this group
		cause  tandem.Cause // of the redirection, where nobody could be called at all
		parent *chain
		timer  *time.Timer
		busy   bool // its group is just being called
	}
	// group is called at the same time.
	group struct {
		all     []calling
		timeout time.Duration
		step    *dialplan.DialStep // whose targets come one after the other; nil for others
	}
	// continuation is what comes after the branches.
	continuation struct {
		steps []dialplan.Step
		sender
	}
)

// Redirected implements Owner.
func (c *Call) Redirected(l Leg, r Redirection) {
	f := c.fork
	if c.ended || f == nil || !f.has(l) || l == f.winner {
		c.Ended(l, r.Cause)
		return
	}
	who := f.called[l]
	next, after := c.sentOn(who, l, r)
	if len(next) == 0 && after == nil {
		c.Ended(l, r.Cause)
		return
	}
	f.remove(l)
	delete(c.rings, l)
	ch := &chain{groups: next, parent: who.chain, cause: r.Cause}
	for i := range next {
		for j := range next[i].all {
			next[i].all[j].chain = ch
		}
	}
	if f.after == nil {
		f.after = after
	}
	f.chains = append(f.chains, ch)
	c.advance(f, ch)
	c.watch()
}

// sentOn says whom the places of a redirection lead to; nobody, where none may be
// followed.
func (c *Call) sentOn(who *calling, l Leg, r Redirection) (next []group, after *continuation) {
	by := sender{hops: who.hops - 1}
	switch who.target.Kind {
	case dialplan.TargetUser:
		by.from = dialplan.Source{Kind: dialplan.FromUser, Name: cmp.Or(l.User(), who.target.Name)}
	case dialplan.TargetTrunk:
		by.from = dialplan.Source{Kind: dialplan.FromTrunk, Name: who.target.Name}
	default: // the dialplan's own URI: nobody whose calls the plan knows
		c.refuseRedirection(l, r, "a URI of the dialplan's may not send calls on")
		return nil, nil
	}
	by.diverted = append([]tandem.Diversion{{User: l.Party().User, Reason: r.Reason}}, who.diverted...)
	by.diverted = by.diverted[:min(len(by.diverted), tandem.MaxDiversions)]
	places := slices.Clone(r.To)
	slices.SortStableFunc(places, func(a, b Contact) int { return cmp.Compare(b.Q, a.Q) })
	for _, p := range places {
		if c.followed >= maxFollowed || by.hops < 0 {
			c.refuseRedirection(l, r, fmt.Sprintf("no more than %d redirections of a call are followed", maxFollowed))
			break
		}
		groups, rest := c.place(who, by, l, p)
		next = append(next, groups...)
		if rest != nil {
			return next, rest
		}
	}
	return next, nil
}

// place says whom one place leads to.
func (c *Call) place(who *calling, by sender, l Leg, p Contact) ([]group, *continuation) {
	one := calling{shown: who.shown, sender: by}
	switch {
	case p.Own:
		one.target = dialplan.Target{Kind: dialplan.TargetTrunk, Name: by.from.Name, Number: p.Number}
		one.place = p.URI
		if c.visited[one.key()] {
			c.emitRedirection(l, p, "was called already")
			return nil, nil
		}
		c.followed++
		c.emitRedirection(l, p, "called as the trunk's own place")
		return []group{{all: []calling{one}, timeout: dialplan.MaxTimeout}}, nil
	case p.Number == "":
		c.emitRedirection(l, p, "is not with us: not followed")
		return nil, nil
	}
	key := by.from.String() + " to " + p.Number
	if c.visited[key] {
		c.emitRedirection(l, p, "was tried already")
		return nil, nil
	}
	c.mark(key)
	decision := c.route(dialplan.Request{From: by.from, To: p.Number, At: time.Now()})
	c.emitRedirection(l, p, decision.String())
	if decision.Status != 0 {
		return nil, nil
	}
	c.followed++
	return c.groups(one, decision.Steps)
}

// groups turns steps into groups of a chain, up to the first that is not a call.
func (c *Call) groups(one calling, steps []dialplan.Step) (out []group, after *continuation) {
	add := func(g group, t dialplan.Target, o dialplan.DialOptions) group {
		who := one
		who.target, who.options, who.shown = t, o, ShowAs(one.shown, o)
		if !c.visited[who.key()] {
			g.all = append(g.all, who)
		}
		return g
	}
	for i, s := range steps {
		switch s := s.(type) {
		case dialplan.DialStep:
			for _, t := range s.Targets {
				out = append(out, add(group{timeout: s.Timeout, step: &s}, t, s.Options))
			}
		case dialplan.RingStep:
			g := group{timeout: s.Timeout}
			for _, t := range s.Targets {
				g = add(g, t, s.Options)
			}
			out = append(out, g)
		default:
			return out, &continuation{steps[i:], one.sender}
		}
	}
	return slices.DeleteFunc(out, func(g group) bool { return len(g.all) == 0 }), nil
}

// advance calls the next group of a chain, until one has branches or none is left.
func (c *Call) advance(f *fork, ch *chain) {
	for ch.live == 0 && !c.ended && f.winner == nil && f.best.Status < 600 {
		ch.stop()
		if len(ch.groups) == 0 {
			if f.best.Status == 0 {
				f.best = ch.cause
			}
			if up := ch.parent; up != nil {
				up.live--
				up.best = better(up.best, ch.best)
				c.groupOver(f, up)
			}
			return
		}
		ch.now, ch.groups, ch.busy = ch.groups[0], ch.groups[1:], true
		for _, who := range ch.now.all {
			if c.visited[who.key()] {
				continue // somebody else of this call was sent there meanwhile
			}
			who.hurry = len(ch.groups) > 0
			c.invite(f, who)
		}
		ch.busy = false
		if ch.live == 0 {
			ch.skip()
			continue
		}
		left, timeout := len(ch.groups), ch.now.timeout
		ch.timer = time.AfterFunc(timeout, func() { c.Post(func() { c.late(f, ch, left, timeout) }) })
	}
}

// groupOver goes on with a chain one of whose branches is over.
func (c *Call) groupOver(f *fork, ch *chain) {
	if ch.live == 0 && !ch.busy {
		ch.skip()
		c.advance(f, ch)
	}
}

// late ends the branches of a group that has had its time; left tells it from a
// later group.
func (c *Call) late(f *fork, ch *chain, left int, timeout time.Duration) {
	if c.fork != f || c.ended || len(ch.groups) != left {
		return
	}
	why := tandem.CauseNoAnswer
	why.Detail = "the dialplan's timeout of " + timeout.String()
	for _, l := range slices.Clone(f.branches) {
		if f.called[l].chain == ch && l != f.winner {
			l.End(why)
			c.failed(f, l, why)
		}
	}
}

// failed takes a branch out of a fork, and goes on with the chain that it is of.
func (c *Call) failed(f *fork, l Leg, cause tandem.Cause) {
	delete(c.rings, l)
	f.drop(l, cause)
	if who := f.called[l]; who != nil && who.chain != nil && c.fork == f {
		who.chain.live--
		who.chain.best = better(who.chain.best, cause)
		c.groupOver(f, who.chain)
	}
}

// skip leaves out the further targets of a dial that has come to a status after
// which they are not tried.
func (ch *chain) skip() {
	step, best := ch.now.step, ch.best
	ch.best = tandem.Cause{}
	if step == nil || best.Status == 0 || step.Next(best.Status) {
		return
	}
	for len(ch.groups) > 0 && ch.groups[0].step == step {
		ch.groups = ch.groups[1:]
	}
}

func (ch *chain) stop() {
	if ch.timer != nil {
		ch.timer.Stop()
	}
}

// stop ends the timers of a fork that is decided.
func (f *fork) stop() {
	for _, ch := range f.chains {
		ch.stop()
	}
}

// continueWith does what the dialplan does for who was sent on and reached nobody.
// That decides how the call ends, unless somebody answers in it.
func (c *Call) continueWith(k *continuation) {
	if c.ended {
		return
	}
	before := c.company
	c.from, c.diverted = k.from, k.diverted
	if outcome := c.perform(k.steps); c.other == nil && !c.ended {
		c.company, c.outcome = before, &outcome
	}
}

// key is what tells one place to be called from another.
func (who calling) key() string { return who.target.String() + " " + who.place }

// visit notes that a place is called.
func (c *Call) visit(who calling) { c.mark(who.key()) }

func (c *Call) mark(key string) {
	if c.visited == nil {
		c.visited = make(map[string]bool)
	}
	c.visited[key] = true
}

func (c *Call) emitRedirection(l Leg, p Contact, what string) {
	c.note(Routed, l, "sends the call on to "+p.URI+": "+what)
}

func (c *Call) refuseRedirection(l Leg, r Redirection, why string) {
	if len(r.To) > 0 {
		c.emitRedirection(l, r.To[0], why)
	}
}
