package bridge

import (
	"slices"
	"sync"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// route asks the dialplan of a further number of the call, that it is sent on to: by
// the plan that the call began with, whatever the file says by now.
func (c *Call) route(r dialplan.Request) dialplan.Decision {
	r.State = c.bridge.cfg.State
	if c.decision.Request.From.Kind == 0 { // a call that we make began with none
		return c.decided(c.bridge.plan.Load().Route(r))
	}
	return c.decided(c.decision.Route(r))
}

// decided keeps a decision that was made in the course of the call, so that it can
// be explained: whoever asks the dialplan later in a call passes what it says here.
func (c *Call) decided(d dialplan.Decision) dialplan.Decision {
	c.bridge.told.add(c.id, d)
	return d
}

// Bounds of what is kept for explanations.
const (
	maxTold      = 32  // decisions of one call: the first ones
	maxToldCalls = 500 // calls that are over: the last ones
)

// journal keeps what the dialplan decided of the calls that there are and of the
// last ones that are over. It keeps decisions and not words: those are made for
// whoever asks.
type journal struct {
	mu    sync.Mutex // a leaf: guards what follows
	calls map[tandem.CallID][]dialplan.Decision
	over  []tandem.CallID // the oldest first, at most maxToldCalls; the others are as many as the bridge lets in
}

func (j *journal) add(id tandem.CallID, d dialplan.Decision) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.calls == nil {
		j.calls = make(map[tandem.CallID][]dialplan.Decision)
	}
	if len(j.calls[id]) < maxTold {
		j.calls[id] = append(j.calls[id], d)
	}
}

func (j *journal) end(id tandem.CallID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.calls[id] == nil {
		return
	}
	if len(j.over) == maxToldCalls {
		delete(j.calls, j.over[0])
		j.over = slices.Delete(j.over, 0, 1)
	}
	j.over = append(j.over, id)
}

// Explain says how a call came to be what it is: what the dialplan decided at its
// beginning, and whenever it was asked in the course of the call. False means that
// there is no such call, nor was one among the last that are over.
func (b *Bridge) Explain(id tandem.CallID) ([]dialplan.Explanation, bool) {
	b.told.mu.Lock()
	decisions := slices.Clone(b.told.calls[id])
	b.told.mu.Unlock()
	var all []dialplan.Explanation
	for _, d := range decisions {
		all = append(all, d.Explanation())
	}
	return all, len(all) > 0
}
