package leg

import (
	"cmp"
	"slices"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media/sdp"
)

// maxSuits bounds the re-offers by which one leg is brought to another codec.
const maxSuits = 8

// Suit implements bridge.Leg: where the two legs could talk something together that
// sounds better or costs less, and their far ends are known to have it, one of them
// is asked to by a re-offer; if need be, both. The reason of what they talk is kept
// for whoever asks.
func (l *leg) Suit(other bridge.Leg) {
	o := baseOf(other)
	if o == nil || l.media == nil || o.media == nil {
		return
	}
	if l.settled() && o.settled() {
		mine, theirs := l.voice(), o.voice()
		best := l.core.prefers().improve(mine, theirs)
		l.ask(best.a, mine)
		o.ask(best.b, theirs)
	}
	l.explain(o)
}

// baseOf is what two legs have in common; nil for a leg that is none of ours.
func baseOf(l bridge.Leg) *leg {
	b, ok := l.(interface{ common() *leg })
	if !ok {
		return nil
	}
	return b.common()
}

func (l *leg) common() *leg { return l }

// settled says that the leg talks, and is free to talk something else.
func (l *leg) settled() bool {
	s := l.session.Agreed()
	return l.state == confirmed && s != nil && !s.Remote.Disabled && !s.Send.IsZero() && !l.held && !l.holding && !l.change.hold
}

// voice is what a leg talks and what else it could.
type voice struct {
	profile sdp.Profile
	now     sdp.Codec
	can     []sdp.Codec // now is one of them
}

// voice says what the far end has shown to have, less what it would not take.
func (l *leg) voice() voice {
	s := l.session.Agreed()
	v := voice{profile: l.profile, now: s.Send}
	named := l.namedCodecs()
	for _, c := range carries(slices.Concat([]sdp.Codec{s.Send}, l.offers, s.Remote.Codecs), l.profile) {
		no := c.Name == sdp.NameL16 || len(named) > 0 && !slices.Contains(named, c.Name) || slices.ContainsFunc(l.unwilling, c.Matches)
		if (c.Matches(s.Send) || !no) && !slices.ContainsFunc(v.can, c.Matches) {
			v.can = append(v.can, c)
		}
	}
	return v
}

// pairing is a codec for each of two legs, and what comes of them.
type pairing struct {
	a, b    sdp.Codec
	meeting meeting
	changes int // how many of the two have to be asked
}

// class is what an effort costs, as far as that is worth a re-offer.
func (e effort) class() int { return max(0, int(e)-int(tabled)) }

// improve returns the pair that two legs should talk: the one that they do, unless
// another is better.
func (p Prefer) improve(a, b voice) pairing {
	sounds, takes := between(a.now, b.now)
	best := pairing{a: a.now, b: b.now, meeting: meeting{sounds, takes}}
	stuck := takes == impossible
	for _, ca := range a.may(p, stuck) {
		for _, cb := range b.may(p, stuck) {
			next := pairing{a: ca, b: cb}
			next.meeting.sounds, next.meeting.takes = between(ca, cb)
			if !ca.Matches(a.now) {
				next.changes++
			}
			if !cb.Matches(b.now) {
				next.changes++
			}
			if p.compare(next, best) < 0 {
				best = next
			}
		}
	}
	return best
}

// may are the codecs that a leg may be brought to. A browser is left with Opus where
// quality counts. Where the two legs cannot hear each other now, G.711 is tried at a
// telephone of which nothing else is known.
func (v voice) may(p Prefer, stuck bool) []sdp.Codec {
	switch {
	case stuck && v.profile == sdp.Plain:
		return append(slices.Clone(v.can), sdp.PCMA(), sdp.PCMU())
	case p == Quality && v.profile == sdp.WebRTC && v.now.Name == sdp.NameOpus:
		return []sdp.Codec{v.now}
	}
	return v.can
}

// compare is below 0 where x is better than y.
func (p Prefer) compare(x, y pairing) int {
	cheap, rest := cmp.Compare(x.meeting.takes.class(), y.meeting.takes.class()), cmp.Compare(x.meeting.takes, y.meeting.takes)
	if x.meeting.takes == impossible || y.meeting.takes == impossible || p == Passthrough {
		return cmp.Or(cheap, cmp.Compare(y.meeting.sounds, x.meeting.sounds), cmp.Compare(x.changes, y.changes), rest)
	}
	return cmp.Or(cmp.Compare(y.meeting.sounds, x.meeting.sounds), cheap, cmp.Compare(x.changes, y.changes), rest)
}

// ask brings the far end to a codec by a re-offer, if it is another than it talks.
func (l *leg) ask(c sdp.Codec, now voice) {
	if c.Matches(now.now) || l.change.codec != nil && l.change.codec.Matches(c) {
		return
	}
	if l.suits++; l.suits > maxSuits {
		return
	}
	l.log.Info("another codec is asked for", "now", now.now.String(), "then", c.String())
	l.change.codec = &c
	l.reoffer()
}

// refuses notes a codec that the far end would not talk, which it is not asked for
// again.
func (l *leg) refuses(c *sdp.Codec) {
	if c != nil && !slices.ContainsFunc(l.unwilling, c.Matches) {
		l.unwilling = append(l.unwilling, *c)
	}
}

// resuit looks again whether the legs suit each other, after the far end has gone
// over to another codec.
func (l *leg) resuit() {
	l.owner.Post(func() {
		if l.state != confirmed {
			return
		}
		if other := l.owner.Other(l.self); other != nil {
			l.Suit(other)
		}
	})
}
