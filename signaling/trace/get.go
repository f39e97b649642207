package trace

import (
	"net/netip"
	"slices"
	"time"

	"github.com/tandemgw/tandem"
)

// Get returns what is known of a call: from memory, else from the disk; false where
// nothing is. It has secrets where it comes from memory: see Trace.Mask.
func (s *Store) Get(id tandem.CallID) (*Trace, bool) {
	s.mu.Lock()
	c := s.calls[id]
	if c == nil {
		s.mu.Unlock()
		if s.archive == nil {
			return nil, false
		}
		return s.archive.Get(id)
	}
	t, legs := c.trace(), slices.Clone(c.media)
	s.mu.Unlock()
	t.Packets = packets(legs)
	if len(t.Packets) == 0 && t.Kept { // they went to the disk with the call
		if kept, ok := s.archive.Get(id); ok {
			t.Packets = kept.Packets
		}
	}
	return t, true
}

// Kept names the calls that are on disk, the newest first; see Archive.List.
func (s *Store) Kept(limit int) []Summary {
	if s.archive == nil {
		return nil
	}
	return s.archive.List(limit)
}

// OnDisk is the call of a file on disk; see Archive.Find.
func (s *Store) OnDisk(file string) (Summary, bool) {
	if s.archive == nil {
		return Summary{}, false
	}
	return s.archive.Find(file)
}

// trace copies what is known of a call. The Store's mutex is held.
func (c *call) trace() *Trace {
	t := &Trace{Summary: c.Summary, Items: slices.Clone(c.items)}
	t.Octets, t.Problems = c.octets, slices.Clone(c.Problems)
	for _, l := range c.legs {
		t.Legs = append(t.Legs, l.Leg)
	}
	// Messages that had waited were added after events that came later.
	slices.SortStableFunc(t.Items, func(a, b Item) int { return a.At.Compare(b.At) })
	return t
}

func unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// After leaves out what was not after a time; nothing where it is zero.
func (t *Trace) After(since time.Time) {
	if since.IsZero() {
		return
	}
	t.Items = slices.DeleteFunc(slices.Clone(t.Items), func(i Item) bool { return !i.At.After(since) })
	t.Packets = slices.DeleteFunc(slices.Clone(t.Packets), func(p Packet) bool { return !p.At.After(since) })
}
