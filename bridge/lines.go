package bridge

import (
	"slices"
	"time"

	"github.com/tandemgw/tandem/media"
)

// relineTime is how long a party may take to say which lines it agrees to; who
// has offered them waits so long for an answer.
const relineTime = 8 * time.Second

// The lines of a call beside its sound: video, fax. Each party is offered what the
// other one has, and is answered with what the other one has agreed to. Sound goes
// on, whatever becomes of them.
//
//	A                  Call.Relined                 B
//	|-- re-INVITE video ->|                          |
//	|                     |--- re-INVITE video ----->|  Leg.Reline
//	|                     |<-- 200 video, or not ----|
//	|<-- 200 video, or not|                          |

// relining is a party's offer of lines that the other party has been asked about.
type relining struct {
	by, asked Leg
	offered   []media.LineOffer
	answer    func([]media.LineOffer)
	answered  bool              // who has offered them was told
	told      []media.LineOffer // what; valid once answered
	late      *time.Timer       // as long as it is under way
}

// Relined implements Owner. Where both parties offer at once, the offers answer each
// other: each party refuses ours while its own is out (RFC 3261 §14.2), and browsers come
// again but once.
func (c *Call) Relined(l Leg, offered []media.LineOffer, answer func([]media.LineOffer)) bool {
	o := c.opposite(l)
	first := c.relining
	switch {
	case c.ended || o == nil:
		answer(nil)
		return true
	case first != nil && first.by == o:
		c.relined(first, offered)
		answer(first.offered)
		c.seeing()
		return true
	case first != nil && first.by == l && media.SameLines(first.offered, offered): // it has not waited, and comes again
		first.answer = answer
		first.late.Reset(relineTime)
		return true
	case first != nil:
		return false
	}
	r := &relining{by: l, asked: o, offered: offered, answer: answer}
	c.relining = r
	r.late = time.AfterFunc(relineTime, func() {
		c.Post(func() {
			if c.relining == r {
				c.relined(r, o.Flowing())
			}
		})
	})
	// The other party may be another call's when it answers, and this one's goroutine is to
	// know.
	o.Reline(offered, func(agreed []media.LineOffer) { c.Post(func() { c.relined(r, agreed) }) })
	return true
}

// relined takes the other party's answer to an offer of lines.
func (c *Call) relined(r *relining, agreed []media.LineOffer) {
	if !slices.Contains(c.legs, r.by) { // it is another call's now, and asks there
		if c.relining == r {
			c.relining = nil
			r.late.Stop()
		}
		return
	}
	late := c.relining != r // who has offered them was told that all is as it was, or has taken them back
	if !late {
		c.relining = nil
		r.late.Stop()
		r.answered, r.told = true, agreed
		r.answer(agreed)
	}
	has := len(r.by.Lines())
	switch {
	case c.relining != nil || c.opposite(r.by) != r.asked: // what is offered now decides
	case len(agreed) > has, r.answered && len(agreed) < has:
		c.align()
	case late && r.answered && !media.SameLines(agreed, r.told): // they flow another way
		r.by.Reline(agreed, func([]media.LineOffer) { c.Post(c.seeing) })
	}
	c.seeing()
}

// Unlined implements Owner: the party that was asked has again what it had, or else neither
// has it.
func (c *Call) Unlined(l Leg) {
	if r := c.relining; r != nil && r.by == l {
		c.unask(func([]media.LineOffer) {
			c.Post(func() {
				if c.relining == nil { // else what is offered now decides
					c.align()
				}
			})
		})
	}
}

// forgetLines ends an offer of lines before its party, or the other one, talks with
// somebody else: it is answered as if nobody wanted any.
func (c *Call) forgetLines() {
	if r := c.relining; r != nil {
		c.unask(nil)
		r.answer(nil)
	}
}

// unask lets the party that is asked about lines have what it has, also where it says
// yes: as the other one has them, where that has them, too. done may be nil.
func (c *Call) unask(done func([]media.LineOffer)) {
	r := c.relining
	c.relining = nil
	r.late.Stop()
	before, theirs := r.asked.Lines(), r.by.Lines()
	for i := range before {
		if t := lineOf(theirs, before[i]); t != nil {
			before[i] = *t
		} else {
			before[i].Direction = before[i].Direction.Reverse()
		}
	}
	r.asked.Reline(before, done)
}

// align lets two parties that have not found each other by one offer and its
// answer, as after a transfer, have the lines that both have, in formats that meet.
func (c *Call) align() {
	a, b := c.caller, c.other
	if a == nil || b == nil || c.ended {
		return
	}
	for _, pair := range [2][2]Leg{{a, b}, {b, a}} {
		l, o := pair[0], pair[1]
		mine, theirs := l.Lines(), o.Lines()
		met := slices.DeleteFunc(slices.Clone(theirs), func(t media.LineOffer) bool { return lineOf(mine, t) == nil })
		apart := func(m media.LineOffer) bool { t := lineOf(met, m); return t == nil || l == a && !m.Meets(*t) }
		if slices.ContainsFunc(mine, apart) || media.Unturned(mine, met) {
			l.Reline(met, func([]media.LineOffer) { c.Post(func() { c.realign(l, o) }) })
		}
	}
	c.seeing()
}

// realign looks, once a party has what it was to have, whether the other one has got more by
// itself meanwhile: it was not asked for that, since nobody knew yet.
func (c *Call) realign(l, o Leg) {
	mine := l.Lines()
	if c.relining == nil && c.opposite(l) == o && slices.ContainsFunc(o.Lines(), func(t media.LineOffer) bool { return lineOf(mine, t) == nil }) {
		c.align()
	}
	c.seeing()
}

// lineOf returns the line of lines that is the same as another leg's; nil for none.
func lineOf(lines []media.LineOffer, of media.LineOffer) *media.LineOffer {
	for i := range lines {
		if lines[i].Kind == of.Kind && lines[i].Number == of.Number {
			return &lines[i]
		}
	}
	return nil
}

// seeing notes that the parties see each other, or do so no more.
func (c *Call) seeing() {
	if c.ended {
		return
	}
	seen := ""
	if c.caller != nil && c.other != nil {
		theirs := c.other.Lines()
		for _, m := range c.caller.Lines() {
			if t := lineOf(theirs, m); t != nil && m.Flows() && t.Flows() {
				seen = m.Send.String()
				break
			}
		}
	}
	switch {
	case seen != "" && !c.sees:
		c.note(VideoOn, nil, "video on: "+seen)
	case seen == "" && c.sees:
		c.note(VideoOff, nil, "video off")
	}
	c.sees = seen != ""
}
