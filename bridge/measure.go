package bridge

import (
	"context"
	"slices"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

// Measure is how the media of one leg goes.
type Measure struct {
	Leg    tandem.LegID
	Party  tandem.Address
	Path   string // how the far end's signaling is reached
	Called bool   // we have called it
	Ref    string // the leg's Call-ID
	User   string // the user of ours at the far end, "" for none
	// First says that it is the caller, or whoever stands in its place; Talks that it
	// is the caller or whom that talks with, Held that it holds the other, and Parked
	// that the gateway holds it.
	First, Talks, Held, Parked bool
	Stats                      media.Stats
}

// Meter is told how the media of the legs in a call went, right before the call is
// over. It is called on the call's goroutine and must not block; all is its own to
// keep.
type Meter interface {
	Meter(call tandem.CallID, all []Measure)
}

// Measures returns how the media of every call goes now, by call: the legs that
// are in it and have media. Calls that do not answer before ctx is over are left
// out.
func (b *Bridge) Measures(ctx context.Context) map[tandem.CallID][]Measure {
	b.mu.Lock()
	calls := make([]*Call, 0, len(b.calls))
	for _, c := range b.calls {
		calls = append(calls, c)
	}
	b.mu.Unlock()
	type answer struct {
		id  tandem.CallID
		all []Measure
	}
	answers := make(chan answer, len(calls)) // room for each: no call waits for us
	asked := 0
	tandem.InTurns(calls, func(c *Call) {
		if c.Post(func() { answers <- answer{c.id, c.measures()} }) {
			asked++
		}
	})
	out := make(map[tandem.CallID][]Measure, asked)
	for range asked {
		select {
		case a := <-answers:
			out[a.id] = a.all
		case <-ctx.Done():
			return out
		}
	}
	return out
}

// measures are those of the legs that have media, in the order in which they came.
func (c *Call) measures() []Measure {
	var all []Measure
	for _, l := range c.legs {
		if m := l.Media(); m != nil {
			all = append(all, Measure{
				Leg: l.ID(), Party: l.Party(), Path: l.Path(), Called: l.Called(), Ref: l.Ref(), User: l.User(),
				First: l == c.caller, Talks: l == c.caller || l == c.other, Held: c.holds[l], Parked: c.parked[l], Stats: m.Stats(),
			})
		}
	}
	return all
}

// tellMedia tells how the media of each leg that was heard, or that heard us, has
// gone.
func (c *Call) tellMedia() {
	all := c.measures()
	for _, m := range c.bridge.cfg.Meters {
		m.Meter(c.id, slices.Clone(all))
	}
	for _, m := range all {
		if m.Stats.Received.Packets+m.Stats.Sent.Packets == 0 {
			continue
		}
		e := Event{Kind: Measured, Leg: m.Leg, Party: m.Party, Text: m.Stats.String(), Facts: Facts{Stats: &m.Stats}}
		for _, l := range c.legs {
			if l.ID() == m.Leg {
				e.of(l)
			}
		}
		c.emit(e)
	}
}

// Measure returns how the media of one call goes now: false where there is no such
// call, or it does not answer before ctx is over.
func (b *Bridge) Measure(ctx context.Context, id tandem.CallID) ([]Measure, bool) {
	b.mu.Lock()
	c := b.calls[id]
	b.mu.Unlock()
	answer := make(chan []Measure, 1)
	if c == nil || !c.Post(func() { answer <- c.measures() }) {
		return nil, false
	}
	select {
	case all := <-answer:
		return all, true
	case <-ctx.Done():
		return nil, false
	}
}
