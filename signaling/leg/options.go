package leg

import (
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/txn"
)

// watched is what those of Others say who notify of events (RFC 6665 §8.2.2).
type watched interface{ Events() []string }

// capabilities answers an OPTIONS with what we can do, in a call and outside of one
// (RFC 3261 §11.2). The answer does not say how things stand: a gateway that is
// full would say so to an INVITE.
func (c *Core) capabilities(tx *txn.Server) *sip.Response {
	res := respond(tx, 200, "OK")
	add := func(name string, values []string) {
		if len(values) > 0 {
			res.AppendHeader(sip.NewHeader(name, strings.Join(values, ", ")))
		}
	}
	accept, events := c.ability.Types, []string(nil)
	for _, o := range c.others {
		accept = append(accept[:len(accept):len(accept)], o.Types()...)
		if w, ok := o.Other.(watched); ok {
			events = append(events, w.Events()...)
		}
	}
	add("Allow", []string{c.ability.Allow()})
	add("Accept", accept)
	add("Accept-Encoding", []string{"identity"})
	add("Accept-Language", []string{"en"})
	add("Supported", c.ability.Extensions)
	add("Allow-Events", events)
	return res
}
