package sdp

import (
	"errors"
	"slices"
)

// Answer answers the pending offer (RFC 3264 §6). It may be called again for
// the same offer, as a 183 and its 200 do, and gives identical bytes for an
// identical Local. The first of l.Codecs that the offer has is the one chosen,
// and the only one listed, with the telephone-event that goes with it. A
// *NegotiationError carries the SIP status to answer; any other error says
// that l cannot be written or that there is no offer. After an error the offer
// is still pending.
func (s *Session) Answer(l Local) ([]byte, *Stream, error) {
	if s.phase != received && s.phase != answered {
		return nil, nil, errors.New("answer: no offer is pending")
	}
	l, err := l.checked()
	if err != nil {
		return nil, nil, err
	}
	next, err := s.theirs.answer(s.before, l)
	if err != nil {
		return nil, nil, err
	}
	next.local, next.version = s.stamp(next.text)
	s.agreed, s.doubt = next, false
	s.phase = answered
	stream := *next.stream
	return []byte(next.local), &stream, nil
}

// answer returns the state after l answers the offer.
func (in *incoming) answer(before state, l Local) (state, error) {
	if in.choices[0].remote.Disabled {
		return in.answerDisabled(before, l)
	}
	pick, chosen, err := in.choose(l)
	if err != nil {
		return state{}, err
	}
	r := pick.remote
	stream := &Stream{
		Remote:    *r,
		Direction: l.Direction.Intersect(r.Direction.Reverse()),
		RTCPMux:   r.RTCPMux,
		PTime:     sendPTime(r),
	}
	content := &live{
		direction: stream.Direction, ptime: answerPTime(r, l), maxPTime: l.MaxPTime,
		muxed: r.RTCPMux, bundled: pick.bundled, extended: r.ExtendedReports && r.Profile == Plain,
	}
	stream.Send = chosen.theirs
	stream.Receive = []Codec{chosen.ours}
	content.codecs = []Codec{chosen.ours}
	if l.Events {
		if e := eventFor(chosen.theirs, r.Events); !e.IsZero() {
			stream.SendEvent = e
			e.Params = eventParams
			stream.ReceiveEvents = []Codec{e}
			content.codecs = append(content.codecs, e)
		}
	}
	if c := comfortOf(r); l.Comfort && chosen.theirs.Clock == c.Clock {
		stream.Comfort = c
		content.codecs = append(content.codecs, c)
	}
	if stream.Security, err = l.secureAnswer(r); err != nil {
		return state{}, err
	}
	content.security = l.secureAgain(r.Proto, stream.Security, &r.secured)
	l = l.withoutOpenFax()
	if r.Profile == WebRTC || stream.Security.Keying == DTLS {
		var ok bool
		fixed := before.fixedSetup(r)
		stream.Setup, ok = answerSetup(r.Setup, l.Setup, fixed)
		if !ok {
			return state{}, refuse(WarnOther, "the offer is setup:"+r.Setup.String()+
				" but our DTLS role is "+fixed.String()+"; only a new connection can change it")
		}
		content.setup = stream.Setup
	}
	next := before
	next.extensions = before.extensions.and(in.extensions)
	next.security = content.security
	next.slots, next.index, next.bundled = slices.Clone(in.slots), r.Index, pick.bundled
	next.lines, stream.Lines = answerLines(&before, stream, &l, next.slots)
	next.types = before.types.with(r.Codecs...).with(r.ComfortNoise...).with(r.Events...)
	for i := range r.Lines {
		next.types = next.types.with(numbers(r.Lines[i].Codecs)...)
	}
	next.voices, next.events, next.direction = content.codecs[:1:1], content.codecs[1:], stream.Direction
	next.remember(stream, in.text)
	content.tlsID = l.tlsID(r, stream.Association)
	d := draft{local: l, slots: next.slots, index: r.Index, live: content, lines: next.lines}
	next.text = d.text()
	return next, nil
}

// answerDisabled answers an offer in which the audio has port 0: all the media is
// switched off, or goes on in other lines.
func (in *incoming) answerDisabled(before state, l Local) (state, error) {
	r := in.choices[0].remote
	l = l.withoutOpenFax()
	next := before
	next.extensions = before.extensions.and(in.extensions)
	next.slots, next.index = slices.Clone(in.slots), r.Index
	stream := &Stream{Remote: *r, Direction: Inactive, PTime: 20, Setup: before.setup}
	next.lines, stream.Lines = answerLines(&before, stream, &l, next.slots)
	if len(r.Lines) > 0 && len(stream.Lines) == 0 {
		return state{}, in.noAudio
	}
	next.remember(stream, in.text)
	d := draft{local: l, slots: next.slots, index: -1, lines: next.lines}
	next.text = d.text()
	return next, nil
}

// eventParams are the telephone events we understand: the 16 DTMF digits and
// flash (RFC 4733 §3.2).
const eventParams = "0-16"

// pair is one codec as the far side and as we describe it.
type pair struct{ theirs, ours Codec }

// choose returns the first m-line of the right profile that has a codec of
// ours, and that codec: the first in our order.
func (in *incoming) choose(l Local) (choice, pair, error) {
	var firstErr error
	for _, c := range in.choices {
		r := c.remote
		if r.Profile != l.Profile {
			continue
		}
		if _, err := l.secureAnswer(r); err != nil {
			if firstErr == nil {
				firstErr = err
			}
			continue
		}
		for _, ours := range l.Codecs {
			for _, theirs := range r.Codecs {
				if theirs.Matches(ours) {
					ours.PayloadType, ours.Said = theirs.PayloadType, theirs.Said
					return c, pair{theirs, ours}, nil
				}
			}
		}
		if firstErr == nil {
			firstErr = noCommonCodec(r.Codecs, l.Codecs)
		}
	}
	if firstErr == nil {
		firstErr = otherProfile(in.choices[0].remote, l.Profile, " is offered, but this side speaks ")
	}
	return choice{}, pair{}, firstErr
}

// otherProfile is the refusal of media of another kind than ours.
func otherProfile(r *Remote, ours Profile, between string) error {
	if ours == WebRTC && len(r.Fingerprints) > 0 {
		return refuse(WarnOther, "WebRTC media without ICE credentials (a=ice-ufrag, a=ice-pwd)")
	}
	return refuse(WarnMediaType, clean(r.Proto)+between+ours.String()+" media")
}

func noCommonCodec(theirs, ours []Codec) error {
	return refuse(WarnMediaFormat, "no audio codec in common: the far side has "+codecList(theirs, ours)+
		"; this side has "+codecList(ours, theirs)+" (codecs of the trunk or user and media.prefer decide)")
}

// answerPTime returns the packet time to write into an answer: ours when it
// is set or when the offer speaks of it.
func answerPTime(r *Remote, l Local) int {
	if l.PTime == 0 && r.PTime != 0 {
		return 20
	}
	return l.PTime
}

// comfortOf returns the comfort noise that goes with a codec of telephones.
func comfortOf(r *Remote) Codec {
	for _, c := range r.ComfortNoise {
		if c.Clock == 8000 {
			c.Params = ""
			return c
		}
	}
	return Codec{}
}

// sendPTime returns the packet time in ms that suits the far side: the longest of
// whole tens, 60 at the most, that is not longer than what the far side asks for.
func sendPTime(r *Remote) int {
	p := r.PTime
	if p == 0 {
		p = 20
	}
	if r.MaxPTime != 0 {
		p = min(p, r.MaxPTime)
	}
	return max(10, min(p/10*10, 60))
}
