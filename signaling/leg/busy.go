package leg

import (
	"slices"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media/sdp"
)

// noRoom is what a call is refused with that would need decoding while the
// workers that decode have no room: those that there are would suffer.
const noRoom = "the gateway has no room to decode another call now: one whose two ends talk the same codec would be taken"

// busy reports whether nothing more can be decoded.
func (c *Core) busy() bool { return c.Busy != nil && c.Busy() }

// prefers returns how codecs are chosen now: while the workers have no room,
// nothing is decoded that can be passed on.
func (c *Core) prefers() Prefer {
	if c.busy() {
		return Passthrough
	}
	return c.policy().Prefer
}

// decodes reports whether the first of codecs means that sound is decoded.
func (w wish) decodes(codecs []sdp.Codec) bool {
	return w.other != nil && len(codecs) > 0 && meet(codecs[0], w.other).takes >= converted
}

// crowded returns the cause of refusing a call that has chosen codecs, none when
// there is room for it.
func (in *Incoming) crowded(w wish, codecs []sdp.Codec) tandem.Cause {
	if !w.decodes(codecs) || !in.core.busy() {
		return tandem.Cause{}
	}
	return tandem.Cause{Status: 503, Detail: noRoom}
}

// crowded returns the cause of not even ringing a telephone: the other leg has
// nothing but Opus, which few telephones have.
func (out *Outgoing) crowded() tandem.Cause {
	other := out.wish.other
	few := len(other) > 0 && !slices.ContainsFunc(other, func(c sdp.Codec) bool { return c.Name != sdp.NameOpus })
	if !few || out.profile != sdp.Plain || !out.core.busy() {
		return tandem.Cause{}
	}
	return tandem.Cause{Status: 503, Detail: noRoom}
}
