package media

import (
	"slices"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// LineOffer is a line beside the audio as one leg of a call makes it known to the
// other: what it has and how it is to flow, and nothing of where and by which
// numbers.
type LineOffer struct {
	Kind      string // sdp.KindVideo or sdp.KindImage
	Number    int    // which one of its kind
	Direction sdp.Direction
	Codecs    []sdp.Codec // of a video line, in the far end's order
	Send      sdp.Codec   // the agreed one; zero before
	Content   string
	// Orientation says that in a line of video both can say how a picture is to be turned
	// (3GPP TS 26.114 §7.4.5).
	Orientation bool
	// Formats, Proto and Attributes are those of an image line.
	Proto      string
	Formats    []string
	Attributes []string
}

// OfferedLines are the lines that a far end offers.
//
// One for fax counts in place of the sound only.
func OfferedLines(r *sdp.Remote) []LineOffer {
	var all []LineOffer
	for i := range r.Lines {
		if r.Lines[i].Kind == sdp.KindImage && !r.Disabled {
			continue
		}
		all = append(all, lineOffer(&r.Lines[i]))
	}
	return all
}

// AgreedLines are the lines that were agreed with a far end.
func AgreedLines(s *sdp.Stream) []LineOffer {
	var all []LineOffer
	for i := range s.Lines {
		o := lineOffer(&s.Lines[i].Remote)
		o.Number = s.Lines[i].Number
		o.Send = s.Lines[i].Send.ForPeer()
		o.Orientation = s.Lines[i].Orientation != 0
		if len(o.Codecs) > 0 { // the one that is used first
			o.Codecs = slices.DeleteFunc(o.Codecs, o.Send.Matches)
			o.Codecs = slices.Insert(o.Codecs, 0, o.Send)
		}
		all = append(all, o)
	}
	return all
}

func lineOffer(r *sdp.RemoteLine) LineOffer {
	o := LineOffer{
		Kind: r.Kind, Number: r.Number, Direction: r.Direction, Content: r.Content, Orientation: r.Orientation != 0,
		Proto: r.Proto, Formats: r.Formats, Attributes: r.Attributes,
	}
	for _, c := range r.Codecs {
		o.Codecs = append(o.Codecs, c.ForPeer())
	}
	return o
}

// SameLines reports whether two sets of lines are the same lines that flow the
// same way: nothing has to be agreed anew.
func SameLines(a, b []LineOffer) bool {
	return slices.EqualFunc(a, b, func(x, y LineOffer) bool {
		return x.Kind == y.Kind && x.Number == y.Number && x.Direction == y.Direction && x.Content == y.Content &&
			slices.Equal(x.Attributes, y.Attributes)
	})
}

// Unturned reports whether a line of a has pictures that its far end leaves to be turned,
// and the same line of b has none who knows how: its pictures would lie on their side.
func Unturned(a, b []LineOffer) bool {
	return slices.ContainsFunc(a, func(x LineOffer) bool {
		return x.Orientation && slices.ContainsFunc(b, func(y LineOffer) bool {
			return x.Kind == y.Kind && x.Number == y.Number && !y.Orientation
		})
	})
}

// Meets reports whether what is sent in one line can be passed on in the other.
func (o LineOffer) Meets(p LineOffer) bool {
	return o.Kind != sdp.KindVideo || o.Send.IsZero() || p.Send.IsZero() || o.Send.Meets(p.Send)
}

// Flows reports whether a line of video is agreed and somebody sends in it.
func (o LineOffer) Flows() bool {
	return o.Kind == sdp.KindVideo && !o.Send.IsZero() && o.Direction != sdp.Inactive
}

// LocalLines returns what the leg's description says of lines that the other leg
// has; ports are opened for them where the leg needs some. A line that cannot be
// had is left out.
func (ep *Endpoint) LocalLines(offers []LineOffer) []sdp.LocalLine {
	var all []sdp.LocalLine
	for i := range offers {
		o := &offers[i]
		if o.Kind == sdp.KindImage {
			if l, ok := ep.faxLine(o); ok && o.Number == 0 {
				all = append(all, l)
			}
			continue
		}
		if o.Kind != sdp.KindVideo || o.Number < 0 || o.Number >= sdp.MaxVideo || len(o.Codecs) == 0 || ep.closed.Load() {
			continue
		}
		v := ep.videoLine(o.Number)
		if err := v.open(); err != nil {
			ep.log.Warn("no video", "error", err)
			continue
		}
		all = append(all, v.local(o))
	}
	return all
}

// KeyFrame asks whoever the leg sees for a whole picture: its far end has asked us
// for one in its signaling (RFC 5168).
func (ep *Endpoint) KeyFrame() {
	at := transport.Now()
	t := ep.videos.Load()
	if t == nil {
		return
	}
	for _, v := range t.lines {
		v.wantsKeyFrame(at)
	}
}
