package leg

import (
	"slices"

	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
)

// effort is what it takes to bring sound from one leg to the other, the cheapest
// first.
type effort uint8

const (
	passed     effort = iota // it goes on as it came
	tabled                   // from one G.711 law to the other by table
	converted                // decoded and encoded, which costs little
	transcoded               // the same with Opus at one end, which costs much
	impossible               // one end cannot be decoded, and the other does not have it
)

// quality is how well a codec sounds: 1 as a telephone, 2 as a wideband one, 3 as
// Opus. What we cannot hear is taken for less than what we can, since it bears no
// transcoding.
func quality(c sdp.Codec) int {
	switch c.Name {
	case sdp.NameOpus:
		return 3
	case sdp.NameG722:
		return 2
	case sdp.NameL16:
		return min(3, max(1, c.Clock/8000))
	}
	return 1
}

func isG711(c sdp.Codec) bool { return c.Name == sdp.NamePCMU || c.Name == sdp.NamePCMA }

// isOpaque says that a codec can only be passed on.
func isOpaque(c sdp.Codec) bool {
	_, ok := media.Opaque(c)
	return ok
}

// between says how well a call sounds whose legs talk these codecs, and what that
// takes.
func between(a, b sdp.Codec) (int, effort) {
	switch sounds := min(quality(a), quality(b)); {
	case a.Matches(b):
		return sounds, passed
	case isOpaque(a) || isOpaque(b):
		return 0, impossible
	case isG711(a) && isG711(b):
		return sounds, tabled
	case a.Name == sdp.NameOpus || b.Name == sdp.NameOpus:
		return sounds, transcoded
	default:
		return sounds, converted
	}
}

// meeting is the best that a codec comes to with any of the other leg's.
type meeting struct {
	sounds int
	takes  effort
}

// meet returns it.
func meet(c sdp.Codec, others []sdp.Codec) meeting {
	best := meeting{takes: impossible}
	for _, o := range others {
		if s, e := between(c, o); e < impossible && (s > best.sounds || s == best.sounds && e < best.takes) {
			best = meeting{s, e}
		}
	}
	return best
}

// carries returns what of a far end's codecs can be carried at all: those that we
// know, and between telephones those that are passed on, with no more parameters
// than the other leg is to be told.
func carries(cs []sdp.Codec, p sdp.Profile) []sdp.Codec {
	var out []sdp.Codec
	for _, c := range cs {
		o, opaque := media.Opaque(c)
		switch {
		case opaque && p == sdp.Plain:
			out = append(out, o)
		case !opaque && slices.ContainsFunc(known(), c.Matches):
			out = append(out, c)
		}
	}
	return out
}
