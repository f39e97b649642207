package leg

import (
	"slices"

	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
)

// A call that begins as a fax (T.38) has no sound at all, until one of the two asks
// for some. It goes from one telephone to another, or nowhere.

// isFax says that lines of a party are a fax in the place of its sound.
func isFax(lines []media.LineOffer) bool {
	return slices.ContainsFunc(lines, func(o media.LineOffer) bool { return o.Kind == sdp.KindImage })
}

// fax says that the caller has offered a fax, and no sound.
func (in *Incoming) fax() bool { return in.offer != nil && in.offer.Disabled }

// faxable says what is wrong with a fax; nil where it can be carried.
func (in *Incoming) faxable() error {
	if profileOf(in.flow) != sdp.Plain {
		return noFax()
	}
	for _, o := range in.lines.known {
		if _, ok := media.FaxLine(o, 1); ok {
			return nil
		}
	}
	return &sdp.NegotiationError{Status: 488, Warning: sdp.WarnMediaType, Text: "only T.38 over UDPTL is carried of a fax"}
}

// faxable says what is wrong where the caller has a fax; described says that our offer
// has one.
func (out *Outgoing) faxable(described bool) error {
	if out.fax && !described {
		return noFax()
	}
	return nil
}

func noFax() error {
	return &sdp.NegotiationError{Status: 488, Warning: sdp.WarnMediaType, Text: "a fax (T.38) passes between two telephones only, and one side is a browser"}
}
