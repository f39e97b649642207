package txn

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
)

// origin is what begins a transaction of either side, and names it; immutable.
type origin struct {
	l     *Layer
	f     *flow.Flow
	req   *sip.Request
	scope scope
	key   string // within scope
}

// Flow returns the flow on which the request came or went.
func (o *origin) Flow() *flow.Flow { return o.f }

// Request returns the request. It must not be changed: it is read again for
// repetitions.
func (o *origin) Request() *sip.Request { return o.req }
