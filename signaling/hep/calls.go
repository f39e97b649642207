package hep

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
)

// maxRefs bounds the legs that are remembered; the longest unheard of is forgotten
// first.
const maxRefs = 16384

// Calls know of which call a Call-ID is, and what the Call-ID of a leg is. They
// outlive a Sender, and implement bridge.Observer. A call that is over is remembered
// as long as there is room, for the messages and reports that come after it; where
// nobody is told of them, it is forgotten at once.
type Calls struct {
	mu   sync.Mutex // a leaf: guards what follows
	told bool
	refs *simplelru.LRU[string, tandem.CallID]
	legs *simplelru.LRU[tandem.LegID, string]
}

// NewCalls returns Calls that know of none.
func NewCalls() (*Calls, error) {
	refs, err := simplelru.NewLRU[string, tandem.CallID](maxRefs, nil)
	if err != nil {
		return nil, err
	}
	legs, err := simplelru.NewLRU[tandem.LegID, string](maxRefs, nil)
	if err != nil {
		return nil, err
	}
	return &Calls{refs: refs, legs: legs}, nil
}

// Tell says whether there is a Sender now.
func (c *Calls) Tell(is bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = is
}

// unheard is how many legs of a call one after the other may have no Call-ID before
// no more are looked for.
const unheard = 4

// forget drops the legs of a call.
func (c *Calls) forget(call tandem.CallID) {
	for n, missed := 0, 0; missed < unheard; n++ {
		leg := call.Leg(n)
		ref, ok := c.legs.Peek(leg)
		if !ok {
			missed++
			continue
		}
		missed = 0
		c.legs.Remove(leg)
		c.refs.Remove(ref)
	}
}

// Observe implements bridge.Observer.
func (c *Calls) Observe(e bridge.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Kind == bridge.Ended && !c.told {
		c.forget(e.Call)
		c.refs.Remove(e.Ref)
		return
	}
	if e.Ref == "" {
		return
	}
	c.refs.Add(e.Ref, e.Call)
	if e.Leg != "" {
		c.legs.Add(e.Leg, e.Ref)
	}
}

// of gives the call of a Call-ID.
func (c *Calls) of(ref string) (tandem.CallID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refs.Get(ref)
}

// refOf gives the Call-ID of a leg.
func (c *Calls) refOf(leg tandem.LegID) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	ref, _ := c.legs.Get(leg)
	return ref
}
