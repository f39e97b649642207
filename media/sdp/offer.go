package sdp

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// outgoing is an offer of ours.
type outgoing struct {
	local   string
	text    string
	version uint64

	slots          []slot
	index          int
	profile        Profile
	voices, events []Codec
	direction      Direction
	muxed, bundled bool
	noAudio        bool
	lines          []liveLine
	security       offeredSecurity
	orientation    uint8 // see state
}

// Offer writes our offer, the first or a later one, which is then pending
// until ReceiveAnswer or Rollback (RFC 3264 §5, §8). It may be called again
// while it is pending. Every m-line of the dialog keeps its place, and codecs
// keep their payload types. The error is a *NegotiationError with status 491
// while an offer of theirs is pending; any other says that l cannot be
// written.
func (s *Session) Offer(l Local) ([]byte, error) {
	if s.phase == received {
		return nil, &NegotiationError{Status: 491, Warning: WarnOther, Text: "an offer of the far side is pending"}
	}
	l, err := l.checked()
	if err != nil {
		return nil, err
	}
	base := &s.agreed
	if base.stream != nil && base.stream.Remote.Profile != l.Profile {
		return nil, errors.New("offer: the media profile of a dialog cannot change")
	}
	security, err := l.secureOffer(base.stream)
	if err != nil {
		return nil, err
	}
	if l = l.withoutOpenFax(); l.NoAudio && l.line(KindImage, 0) == nil {
		return nil, errOpenFax
	}
	out := newOutgoing(base, l, security)
	out.local, out.version = s.stamp(out.text)
	s.ours = out
	s.before = s.agreed
	s.phase = offered
	return []byte(out.local), nil
}

// Expected returns what may arrive while our offer is pending: a far end may send
// before its answer comes, or without any description before the call is answered
// (RFC 3264 §5.1). Nothing is sent meanwhile, so that Send is only what the offer
// has first. nil means that nothing can be understood yet: no offer is
// pending, its sound is off, or its keys come with the answer.
func (s *Session) Expected() *Stream {
	if s.phase != offered || s.agreed.stream != nil {
		return nil
	}
	o := s.ours
	if o.profile != Plain || o.noAudio || o.security.keying != Clear || !o.direction.Receives() || len(o.voices) == 0 {
		return nil
	}
	stream := &Stream{
		Remote: Remote{Index: o.index, Profile: Plain, Held: true},
		Send:   o.voices[0], Receive: slices.Clone(o.voices), Direction: RecvOnly, PTime: 20,
	}
	for _, c := range o.events {
		if c.Name == NameCN {
			stream.Remote.ComfortNoise = append(stream.Remote.ComfortNoise, c)
		} else {
			stream.ReceiveEvents = append(stream.ReceiveEvents, c)
		}
	}
	return stream
}

func newOutgoing(base *state, l Local, security offeredSecurity) *outgoing {
	out := &outgoing{
		security:    security,
		orientation: base.orientation,
		slots:       base.slots, index: base.index, bundled: base.bundled,
		profile: l.Profile, direction: l.Direction, muxed: l.Profile == WebRTC, noAudio: l.NoAudio,
	}
	if base.stream == nil {
		out.slots = []slot{firstSlot(l.Profile, security.proto)}
		out.bundled = l.Profile == WebRTC
	} else if base.stream.RTCPMux {
		// To leave it out would take the agreement back (RFC 5761 §5.1.1).
		out.muxed = true
	}
	out.replace(&l, security.proto)
	types := base.types
	for _, c := range l.Codecs {
		c = types.assign(c)
		types = types.with(c)
		out.voices = append(out.voices, c)
	}
	if l.Events {
		for _, clock := range eventClocks(l.Codecs) {
			e := types.assign(Codec{Name: NameEvent, Clock: clock, Params: eventParams})
			types = types.with(e)
			out.events = append(out.events, e)
		}
	}
	if l.Comfort {
		c := types.assign(Codec{Name: NameCN, Clock: 8000})
		types = types.with(c)
		out.events = append(out.events, c)
	}
	out.offerLines(&l, types, base)
	d := draft{local: l, slots: out.slots, index: out.index, lines: out.lines, live: &live{
		codecs:    slices.Concat(out.voices, out.events),
		direction: l.Direction, ptime: l.PTime, maxPTime: l.MaxPTime, muxed: out.muxed, bundled: out.bundled,
	}}
	// Once said, it is said again: a version is not raised for it.
	d.live.extended = l.Profile == Plain && (base.stream == nil || strings.Contains(base.text, "a=rtcp-xr:"))
	d.live.security = security
	if l.Profile == WebRTC || security.keying == DTLS {
		d.live.setup = ActPass // RFC 8842 §5.2
	}
	if base.stream != nil {
		d.live.tlsID = l.tlsID(&base.stream.Remote, base.associations)
	}
	if l.NoAudio {
		d.live = nil
	}
	out.text = d.text()
	return out
}

// replace lets fax take the m-line of the audio where that is the only one, and
// the audio that of fax again, as RFC 3264 §8.3.3 recommends: many gateways know
// fax in no other way.
func (out *outgoing) replace(l *Local, proto string) {
	fax := l.line(KindImage, 0)
	switch {
	case l.NoAudio && fax != nil && l.Profile == Plain && len(out.slots) == 1 && out.index == 0:
		out.slots = []slot{{kind: KindImage, proto: fax.Proto, formats: strings.Join(fax.Formats, " ")}}
		out.index = -1
	case out.index >= 0 || l.NoAudio:
	case fax == nil && len(out.slots) > 0 && strings.EqualFold(out.slots[0].kind, KindImage):
		out.slots = slices.Clone(out.slots)
		out.slots[0], out.index = firstSlot(l.Profile, proto), 0
	case slices.ContainsFunc(out.slots, isAudio): // refused, or switched off from the beginning
		out.slots, out.index = slices.Clone(out.slots), slices.IndexFunc(out.slots, isAudio)
		out.slots[out.index] = firstSlot(l.Profile, proto)
	default:
		out.index, out.slots = len(out.slots), append(slices.Clip(out.slots), firstSlot(l.Profile, proto))
	}
}

func isAudio(s slot) bool { return strings.EqualFold(s.kind, "audio") }

// firstSlot is the m-line of a first offer; proto is that of a plain one.
func firstSlot(p Profile, proto string) slot {
	if p == WebRTC {
		return slot{kind: "audio", proto: protoWebRTC, mid: "0"}
	}
	return slot{kind: "audio", proto: cmp.Or(proto, protoPlain)}
}

// eventClocks returns the clocks of the codecs, each once, in their order
// (RFC 4733 §2.1: events share the clock of the audio they belong to).
func eventClocks(codecs []Codec) []int {
	var clocks []int
	for _, c := range codecs {
		if !slices.Contains(clocks, c.Clock) {
			clocks = append(clocks, c.Clock)
		}
	}
	return clocks
}
