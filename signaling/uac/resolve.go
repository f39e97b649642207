package uac

import (
	"context"
	"strings"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
)

// findable says whether a destination is one that is found by its URI.
func (c *Client) findable(d Destination) bool {
	sip := strings.EqualFold(d.URI.Scheme, "sip") || strings.EqualFold(d.URI.Scheme, "sips")
	return sip && d.URI.Host != "" && c.cfg.Finder != nil && c.cfg.Ways != nil
}

// Known returns the targets of a destination by URI from memory; false where they
// have to be found first, or never will be.
func (c *Client) Known(d Destination) ([]locate.Target, bool) {
	if !c.findable(d) {
		return nil, false
	}
	return c.cfg.Finder.Known(locate.Of(d.URI))
}

// Resolve finds the targets of a destination by URI. found is called once, on a
// goroutine of the client's own, unless the client is closed first; it must not
// block. What is returned gives up waiting: found is told so.
func (c *Client) Resolve(d Destination, found func([]locate.Target, error)) context.CancelFunc {
	ctx, cancel := context.WithTimeout(c.ctx, resolveWithin)
	why := c.reserve(d)
	if !c.spawn(func() {
		defer cancel()
		if why != nil {
			found(nil, why)
			return
		}
		targets, err := c.cfg.Finder.Find(ctx, locate.Of(d.URI))
		<-c.slots
		found(targets, err)
	}) {
		cancel()
	}
	return cancel
}

// reserve takes a place among those that wait for DNS, or says why there is none.
func (c *Client) reserve(d Destination) error {
	if !c.findable(d) {
		return ErrNoTarget
	}
	select {
	case c.slots <- struct{}{}:
		return nil
	default:
		return ErrBusy
	}
}

// spawn runs f on a goroutine that Close waits for; false when that is over.
func (c *Client) spawn(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.wg.Go(f)
	return true
}

// Way returns the way to a target, as an attempt at it would take it.
func (c *Client) Way(t locate.Target, who Identity) (*flow.Flow, error) {
	return c.cfg.Ways.Flow(t, who)
}
