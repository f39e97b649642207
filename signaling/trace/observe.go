package trace

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
)

// Observe implements bridge.Observer. It does not block.
func (s *Store) Observe(e bridge.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[e.Call]
	if c == nil {
		if e.Kind == bridge.Ended {
			return
		}
		c = &call{Summary: Summary{Call: e.Call, From: e.Party.String(), Start: e.At}}
		if s.cfg.Memory > 0 {
			c.items = make([]Item, 0, usualItems)
		}
		s.calls[e.Call] = c
		s.octets += callCost
	}
	leg := e.Leg
	if leg == "" && e.Ref != "" { // the caller's
		leg = c.legOf(e.Ref)
	}
	s.joinLocked(c, leg, e)
	s.noteLocked(c, e)
	i := Item{At: e.At, Leg: e.Leg, Kind: Event, Note: eventNote(e)}
	s.addLocked(c, i)
	if e.Kind == bridge.Ended {
		c.element = s.ended.PushBack(c)
		s.settle = append(s.settle, c)
		s.makeRoomLocked(0)
	}
}

// usualItems is how many items a call without anything special has, about.
const usualItems = 26

// legOf returns the leg with a Call-ID; the first one where there is none.
func (c *call) legOf(ref string) tandem.LegID {
	for _, l := range c.legs {
		if l.Ref == ref {
			return l.ID
		}
	}
	return c.Call.Leg(0)
}

// maxLegs bounds the legs of a call; the bridge bounds the branches of a step.
const maxLegs = 256

// joinLocked makes a leg that an event names known, and gives it the messages that
// waited for it.
func (s *Store) joinLocked(c *call, leg tandem.LegID, e bridge.Event) {
	if leg == "" || e.Ref == "" {
		return
	}
	n := slices.IndexFunc(c.legs, func(l party) bool { return l.ID == leg })
	switch {
	case n < 0 && len(c.legs) >= maxLegs:
		return
	case n < 0:
		n = len(c.legs)
		c.legs = append(c.legs, party{Leg: Leg{ID: leg, Ref: e.Ref}})
	}
	l := &c.legs[n]
	if party := e.Party.String(); e.Leg != "" && party != "" || l.Party == "" {
		l.Party = party
	}
	if had := s.refs[e.Ref]; had.call != c || had.leg != leg {
		s.refs[e.Ref] = place{c, leg}
		for _, i := range s.waiting.take(e.Ref) {
			i.Leg = leg
			s.addLocked(c, i)
		}
	}
}

// noteLocked keeps what an event says of the call as a whole.
func (s *Store) noteLocked(c *call, e bridge.Event) {
	switch e.Kind {
	case bridge.Incoming:
		c.To = strings.TrimPrefix(e.Text, "to ")
	case bridge.Answered:
		if c.Answered.IsZero() {
			c.Answered = e.At
		}
	case bridge.Measured: // also of legs whose media is closed only after the call is judged
		if e.Stats != nil {
			c.judge.media(*e.Stats)
		}
	case bridge.Ended:
		c.End, c.Cause, c.Status = e.At, e.Text, e.Cause.Status
		c.judge.talked = e.Talked
	}
}

// eventNote is an event in words.
func eventNote(e bridge.Event) string {
	note := string(e.Kind)
	if e.Text != "" {
		note += ": " + e.Text
	}
	return strings.ToValidUTF8(printable(note), "?")
}

// printable keeps what a far end wrote from steering a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '.'
	}, s)
}
