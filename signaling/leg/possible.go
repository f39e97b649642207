package leg

import (
	"strings"

	"github.com/tandemgw/tandem/media/sdp"
)

// carried says what is wrong with an offer of which nothing can be carried, whoever
// is at the other end; nil where something can.
func (in *Incoming) carried() error {
	w := in.wish(nil)
	w.other = in.offers // what can only be passed on meets itself at the best
	if meets(w.codecs(), in.offers) {
		return nil
	}
	text := "no audio codec in common: offered are " + list(in.offer.Codecs)
	if len(w.named) > 0 {
		text += "; the configuration of " + in.who() + " has " + strings.ToUpper(strings.Join(w.named, ", ")) + " only"
	}
	return unacceptable(text)
}

// possible says why a leg has nothing to talk; nil where it has.
func (w wish) possible(codecs []sdp.Codec) error {
	if len(codecs) > 0 && (w.own == nil || meets(codecs, w.own)) {
		return nil
	}
	opaque := false
	for _, c := range w.other {
		opaque = opaque || isOpaque(c)
	}
	for _, c := range w.own {
		opaque = opaque || isOpaque(c)
	}
	text := "no audio codec in common with the other side, which has " + list(w.other)
	switch {
	case opaque && w.other == nil:
		text = "what is offered, " + list(w.own) + ", can be heard by another telephone only, not by tandem itself"
	case opaque && w.profile == sdp.WebRTC:
		text += ": it passes between two telephones only, and this side is a browser"
	case opaque:
		text += ": what cannot be turned into another codec passes only where both telephones have it"
	case len(w.named) > 0:
		text += "; configured are " + strings.ToUpper(strings.Join(w.named, ", ")) + " only"
	}
	return unacceptable(text)
}

func unacceptable(text string) error {
	return &sdp.NegotiationError{Status: 488, Warning: sdp.WarnMediaFormat, Text: text}
}

// list names up to six codecs for people.
func list(cs []sdp.Codec) string {
	if len(cs) == 0 {
		return "none"
	}
	var out []string
	for i, name := range names(cs) {
		if i == 6 {
			out = append(out, "...")
			break
		}
		out = append(out, words(strings.ToUpper(name)))
	}
	return strings.Join(out, ", ")
}

// who is the far end in words.
func (l *leg) who() string {
	switch {
	case l.peerTrunk != "":
		return "trunk " + l.peerTrunk
	case l.profile == sdp.WebRTC:
		return strings.TrimSpace("browser " + l.peerUser)
	default:
		return strings.TrimSpace("phone " + l.peerUser)
	}
}
