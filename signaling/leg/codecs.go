package leg

import (
	"cmp"
	"slices"

	"github.com/tandemgw/tandem/media/sdp"
)

// known are the codecs that we understand: RFC 7874 §3 for browsers, RFC 3551 §6
// for phones. Linear sound takes twelve times what Opus does: it is talked only
// where the configuration names it.
func known() []sdp.Codec {
	return []sdp.Codec{
		sdp.Opus(), sdp.G722(), sdp.PCMA(), sdp.PCMU(),
		{Name: sdp.NameL16, Clock: 48000},
		{Name: sdp.NameL16, Clock: 16000},
		{Name: sdp.NameL16, Clock: 8000},
	}
}

// wish is what goes into the choice of a leg's codecs.
type wish struct {
	profile sdp.Profile
	prefer  Prefer
	// other is what the other leg takes, in its order, or the one codec that is
	// agreed there; nil when there is no other leg or nothing is known of it.
	other []sdp.Codec
	// own is the far end's order in its offer; nil when the offer is ours.
	own []sdp.Codec
	// named is the order that the configuration of the trunk or user gives; nil
	// for none.
	named []string
	// whole says that our offer leaves nothing out: the far end has taken none of an
	// offer that did, or it has called without one, and is offered codecs but once.
	whole bool
}

// codecs returns what a leg may talk, best first: what sounds best together with
// the other leg, at the least cost. With two exceptions: at a browser, quality
// wants Opus whatever the other leg has, since it bears the loss of packets; and
// passthrough goes before all where nothing is decoded. An order that is
// configured is kept. What can only be passed on stands last.
func (w wish) codecs() []sdp.Codec {
	var all []sdp.Codec
	for _, c := range known() {
		if c.Name != sdp.NameL16 || slices.Contains(w.named, c.Name) {
			all = append(all, c)
		}
	}
	if w.profile == sdp.Plain {
		for _, c := range w.other {
			if isOpaque(c) {
				all = append(all, c)
			}
		}
	}
	if len(w.named) > 0 {
		all = slices.DeleteFunc(all, func(c sdp.Codec) bool { return !slices.Contains(w.named, c.Name) })
		slices.SortStableFunc(all, func(a, b sdp.Codec) int { return slices.Index(w.named, a.Name) - slices.Index(w.named, b.Name) })
	} else {
		all = w.ranked(all)
	}
	if w.other == nil {
		return all
	}
	return slices.DeleteFunc(all, func(c sdp.Codec) bool { return meet(c, w.other).takes == impossible })
}

// ranked sorts by what a codec comes to with the other leg; of equal ones the far
// end's order counts, then the other leg's.
func (w wish) ranked(all []sdp.Codec) []sdp.Codec {
	moveForward(all, w.other)
	moveForward(all, w.own)
	if w.other == nil {
		return w.alone(all)
	}
	slices.SortStableFunc(all, func(a, b sdp.Codec) int { return w.compare(a, b) })
	if w.own != nil || w.whole {
		return all
	}
	// Our own offer leaves out what would be decoded for nothing: where G.711 or
	// G.722, which the far end most likely has too, sounds as well.
	return slices.DeleteFunc(slices.Clone(all), func(c sdp.Codec) bool {
		m := meet(c, w.other)
		if m.takes < converted || isG711(c) || w.profile == sdp.WebRTC && c.Name == sdp.NameOpus {
			return false
		}
		return slices.ContainsFunc(all, func(d sdp.Codec) bool {
			n := meet(d, w.other)
			return n.sounds >= m.sounds && n.takes < converted && !isOpaque(d) && d.Name != sdp.NameOpus
		})
	})
}

// alone is the order for a leg that nobody else is joined with: a browser talks
// Opus, a telephone what it likes best, and what costs us least of what sounds
// well where it has not said so.
func (w wish) alone(all []sdp.Codec) []sdp.Codec {
	switch {
	case w.profile == sdp.WebRTC:
		moveForward(all, []sdp.Codec{sdp.Opus()})
	case w.own == nil:
		rest := slices.DeleteFunc(slices.Clone(all), func(c sdp.Codec) bool { return c.Name == sdp.NameOpus })
		if !w.whole {
			return rest
		}
		moveForward(all, rest)
	}
	return all
}

// compare says which of two codecs goes first.
func (w wish) compare(a, b sdp.Codec) int {
	m, n := meet(a, w.other), meet(b, w.other)
	if w.profile == sdp.WebRTC && w.prefer == Quality {
		if d := order(b.Name == sdp.NameOpus, a.Name == sdp.NameOpus); d != 0 {
			return d
		}
	}
	if w.prefer == Passthrough {
		if d := order(m.takes >= converted, n.takes >= converted); d != 0 {
			return d
		}
	}
	return cmp.Or(
		order(isOpaque(a), isOpaque(b)), cmp.Compare(n.sounds, m.sounds), cmp.Compare(m.takes, n.takes),
	)
}

// order sorts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func meets(cs, theirs []sdp.Codec) bool {
	return slices.ContainsFunc(cs, func(c sdp.Codec) bool { return slices.ContainsFunc(theirs, c.Matches) })
}

// moveForward sorts cs by where its codecs stand in order; those that are not in
// it keep their places behind.
func moveForward(cs, order []sdp.Codec) {
	slices.SortStableFunc(cs, func(a, b sdp.Codec) int { return place(order, a) - place(order, b) })
}

func place(order []sdp.Codec, c sdp.Codec) int {
	if i := slices.IndexFunc(order, c.Matches); i >= 0 {
		return i
	}
	return len(order)
}

// names lists codecs by name.
func names(cs []sdp.Codec) []string {
	out := make([]string, 0, len(cs))
	for _, c := range cs {
		out = append(out, c.Name)
	}
	return out
}
