package leg

import (
	"slices"

	"github.com/tandemgw/tandem/media/sdp"
)

// The codecs of a voice call: RFC 7874 §3 for browsers, RFC 3551 §6 for phones.
func opus() sdp.Codec {
	return sdp.Codec{Name: "opus", Clock: 48000, Channels: 2, Params: "minptime=10;useinbandfec=1"}
}
func pcmu() sdp.Codec { return sdp.Codec{Name: "pcmu", Clock: 8000, Channels: 1, PayloadType: 0} }
func pcma() sdp.Codec { return sdp.Codec{Name: "pcma", Clock: 8000, Channels: 1, PayloadType: 8} }

// wish is what goes into the choice of a leg's codecs.
type wish struct {
	profile sdp.Profile
	prefer  Prefer
	// other is what the other leg takes, in its order, or the one codec that is
	// agreed there; nil when there is no other leg or nothing is known of it.
	other []string
	// own is the far end's order in its offer; nil when the offer is ours.
	own []string
	// named is the order that a trunk's configuration gives; nil for none.
	named []string
}

// codecs returns what a leg may talk, best first. What meets the other leg's
// needs no transcoding and goes first, with one exception: at a browser, quality
// wants Opus even where the other leg has G.711 only.
func (w wish) codecs() []sdp.Codec {
	g711 := []sdp.Codec{pcma(), pcmu()}
	moveForward(g711, w.own)
	moveForward(g711, w.other)
	if w.profile != sdp.WebRTC {
		if len(w.named) > 0 {
			return slices.DeleteFunc(inOrder(g711, w.named), func(c sdp.Codec) bool { return !slices.Contains(w.named, c.Name) })
		}
		return g711
	}
	if w.prefer == Passthrough && w.other != nil && !slices.Contains(w.other, "opus") && meets(g711, w.other) {
		return append(g711, opus())
	}
	return append([]sdp.Codec{opus()}, g711...)
}

func meets(cs []sdp.Codec, names []string) bool {
	return slices.ContainsFunc(cs, func(c sdp.Codec) bool { return slices.Contains(names, c.Name) })
}

// moveForward sorts cs by where its names stand in order; those that are not in
// it keep their places behind.
func moveForward(cs []sdp.Codec, order []string) {
	slices.SortStableFunc(cs, func(a, b sdp.Codec) int { return place(order, a.Name) - place(order, b.Name) })
}

func inOrder(cs []sdp.Codec, order []string) []sdp.Codec {
	out := slices.Clone(cs)
	moveForward(out, order)
	return out
}

func place(order []string, name string) int {
	if i := slices.Index(order, name); i >= 0 {
		return i
	}
	return len(order)
}

// names lists the codecs of an offer by name.
func names(cs []sdp.Codec) []string {
	out := make([]string, 0, len(cs))
	for _, c := range cs {
		out = append(out, c.Name)
	}
	return out
}
