package casebook

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/bridge/verdict"
)

// Bounds of what is kept.
const (
	maxOver     = 1000 // calls that are over: the last ones
	maxAttempts = 16   // failed attempts of one call: the last ones
	maxLegs     = 16   // measured legs of one call that is over
)

// Case is a call as it was told.
type Case struct {
	ID           tandem.CallID
	From, To     string // who called, and what was dialed
	With         string // who answered
	Began, Ended time.Time
	Alerted      time.Time // it rang, was heard or was answered first
	Answered     time.Time
	Cause        tandem.Cause
	Attempts     []verdict.Attempt
	Measures     []bridge.Measure // at the end of the call
	called       map[tandem.LegID]string
	refs         map[string]tandem.LegID // of the legs, by their Call-ID
	phones       map[tandem.LegID]*verdict.Phone
}

// Book keeps the cases. It implements bridge.Observer and bridge.Meter.
type Book struct {
	mu    sync.Mutex // a leaf: guards what follows
	cases map[tandem.CallID]*Case
	over  []tandem.CallID // the oldest first
	refs  map[string]tandem.CallID
}

// New returns an empty Book.
func New() *Book {
	return &Book{cases: make(map[tandem.CallID]*Case), refs: make(map[string]tandem.CallID)}
}

var (
	_ bridge.Observer = (*Book)(nil)
	_ bridge.Meter    = (*Book)(nil)
)

// Observe implements bridge.Observer.
func (b *Book) Observe(e bridge.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.cases[e.Call]
	if c == nil {
		if e.Kind == bridge.Ended {
			return
		}
		c = &Case{ID: e.Call, From: e.Party.String(), Began: e.At, called: map[tandem.LegID]string{}, refs: map[string]tandem.LegID{}, phones: map[tandem.LegID]*verdict.Phone{}}
		b.cases[e.Call] = c
	}
	if e.Leg != "" && e.Ref != "" && len(c.refs) < 4*maxLegs {
		c.refs[e.Ref], b.refs[e.Ref] = e.Leg, e.Call
	}
	switch e.Kind {
	case bridge.Incoming:
		c.To = strings.TrimPrefix(e.Text, "to ")
	case bridge.Calling:
		if len(c.called) < maxAttempts {
			c.called[e.Leg] = e.Text
		}
	case bridge.Ringing, bridge.Early, bridge.Answered:
		c.alerted(e)
	case bridge.Declined:
		c.declined(e)
	case bridge.Ended:
		b.end(c, e)
	}
}

func (c *Case) alerted(e bridge.Event) {
	if c.Alerted.IsZero() {
		c.Alerted = e.At
	}
	if e.Kind != bridge.Answered {
		return
	}
	if c.Answered.IsZero() {
		c.Answered = e.At
	}
	if e.Leg != "" && e.Leg != e.Call.Leg(0) { // the gateway itself answers on the caller's
		c.With = e.Party.String()
	}
}

// declined notes an attempt that failed, under the name by which the dialplan calls it.
func (c *Case) declined(e bridge.Event) {
	who, path, _ := strings.Cut(c.called[e.Leg], " on ")
	if who = strings.Replace(who, ":", " ", 1); who == "" {
		who = e.Party.String()
	}
	if len(c.Attempts) == maxAttempts {
		c.Attempts = slices.Delete(c.Attempts, 0, 1)
	}
	c.Attempts = append(c.Attempts, verdict.Attempt{Party: who, Path: path, Cause: e.Cause})
}

// end closes a case and forgets the oldest.
func (b *Book) end(c *Case, e bridge.Event) {
	c.Ended, c.Cause = e.At, e.Cause
	if len(b.over) == maxOver {
		oldest := b.cases[b.over[0]]
		b.over = slices.Delete(b.over, 0, 1)
		delete(b.cases, oldest.ID)
		for ref := range oldest.refs {
			if b.refs[ref] == oldest.ID {
				delete(b.refs, ref)
			}
		}
	}
	b.over = append(b.over, c.ID)
}

// Meter implements bridge.Meter.
func (b *Book) Meter(call tandem.CallID, all []bridge.Measure) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.cases[call]; c != nil {
		c.Measures = all[:min(len(all), maxLegs)]
	}
}

// Find returns a copy of a case: of a call by its name, or of the last one that there
// was by "last".
func (b *Book) Find(id string) (Case, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if id == "last" {
		id = string(b.last())
	}
	c := b.cases[tandem.CallID(id)]
	if c == nil {
		return Case{}, false
	}
	copied := *c
	copied.Attempts, copied.Measures = slices.Clone(c.Attempts), slices.Clone(c.Measures)
	copied.phones = make(map[tandem.LegID]*verdict.Phone, len(c.phones))
	for leg, p := range c.phones {
		copied.phones[leg] = p // never changed once it is there
	}
	copied.called, copied.refs = nil, nil
	return copied, true
}

// Recent are the calls that are over, the last first, at most n.
func (b *Book) Recent(n int) []Case {
	b.mu.Lock()
	var ids []tandem.CallID
	for _, id := range slices.Backward(b.over) {
		if ids = append(ids, id); len(ids) == n {
			break
		}
	}
	b.mu.Unlock()
	var all []Case
	for _, id := range ids {
		if c, ok := b.Find(string(id)); ok {
			all = append(all, c)
		}
	}
	return all
}

// last is the call that began last. b.mu is held.
func (b *Book) last() (id tandem.CallID) {
	var began time.Time
	for _, c := range b.cases {
		if id == "" || c.Began.After(began) || c.Began.Equal(began) && c.ID > id {
			id, began = c.ID, c.Began
		}
	}
	return id
}

// Phone is what the phone at a leg has said last; nil for nothing.
func (c *Case) Phone(leg tandem.LegID) *verdict.Phone { return c.phones[leg] }

// Evidence makes of a case what is judged. live are the measures of a call that goes
// on; nil takes those of its end. own are the addresses of this machine.
func (c *Case) Evidence(now time.Time, live []bridge.Measure, own []netip.Addr) verdict.Evidence {
	e := verdict.Evidence{
		Call: c.ID, To: c.To, Now: now, Began: c.Began, Alerted: c.Alerted, Answered: c.Answered, Ended: c.Ended,
		Cause: c.Cause, Attempts: c.Attempts, Own: own,
	}
	measures := c.Measures
	if c.Ended.IsZero() && live != nil {
		measures = live
	}
	for _, m := range measures {
		if m.Talks {
			e.Legs = append(e.Legs, verdict.Leg{
				ID: m.Leg, Party: m.Party.String(), Path: m.Path, Called: m.Called, Held: m.Held, Parked: m.Parked, Stats: m.Stats, Phone: c.phones[m.Leg],
			})
		}
	}
	first := map[tandem.LegID]int{}
	for _, m := range measures {
		if m.First {
			first[m.Leg] = -1
		}
	}
	slices.SortStableFunc(e.Legs, func(x, y verdict.Leg) int { return cmp.Compare(first[x.ID], first[y.ID]) })
	return e
}
