package sdp

import "slices"

// payloadTypes are the numbers that codecs were given in a dialog, by either
// side. RFC 3264 §8.3.2 forbids to give a number another meaning later. A
// value is never changed once it is part of a state.
type payloadTypes []Codec

// find returns the number c was last given.
func (p payloadTypes) find(c Codec) (uint8, bool) {
	for _, known := range slices.Backward(p) {
		if known.Matches(c) {
			return known.PayloadType, true
		}
	}
	return 0, false
}

func (p payloadTypes) used(pt uint8) bool {
	return slices.ContainsFunc(p, func(c Codec) bool { return c.PayloadType == pt })
}

// with returns p and the given codecs. A peer that gives a number another
// meaning is followed, so there are never more than 128.
func (p payloadTypes) with(codecs ...Codec) payloadTypes {
	next := slices.Clone(p)
	for _, c := range codecs {
		c.RTX, c.Feedback = 0, 0
		if c.variant() == "" {
			c.Params = ""
		}
		next = slices.DeleteFunc(next, func(k Codec) bool { return k.PayloadType == c.PayloadType })
		next = append(next, c)
	}
	return next
}

// assign gives c a number: the one it has in the dialog, its static one, the
// one asked for, or a free one.
func (p payloadTypes) assign(c Codec) Codec {
	if pt, ok := p.find(c); ok {
		c.PayloadType = pt
		return c
	}
	if pt, ok := staticType(c); ok && !p.used(pt) {
		c.PayloadType = pt
		return c
	}
	if c.PayloadType >= 35 && !p.used(c.PayloadType) {
		return c
	}
	c.PayloadType = p.free(usualType(c))
	return c
}

// free returns the first unused number: usual, then the dynamic range, then
// the one RFC 3551 §3 leaves unassigned. 64..95 would be taken for RTCP when
// it shares the port (RFC 5761 §4).
func (p payloadTypes) free(usual uint8) uint8 {
	if !p.used(usual) {
		return usual
	}
	for pt := uint8(96); pt <= 127; pt++ {
		if !p.used(pt) {
			return pt
		}
	}
	for pt := uint8(35); pt <= 63; pt++ {
		if !p.used(pt) {
			return pt
		}
	}
	return usual // a peer that has used up every number gets one twice
}

// usualType returns the dynamic number most peers give a codec.
func usualType(c Codec) uint8 {
	switch {
	case c.Name == NameOpus:
		return 111
	case c.Name == NameEvent && c.Clock == 48000:
		return 110
	case c.Name == NameEvent:
		return 101
	}
	return 96
}
