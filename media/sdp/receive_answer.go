package sdp

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// ReceiveAnswer reads the far side's answer to our offer (RFC 3264 §7). The
// same answer may come again, as in a 183 and its 200. Within one dialog a
// different one replaces it, since gateways change their media address between
// the two; answers of other dialogs of the same INVITE belong to a Fork. A
// *NegotiationError says what is wrong with the answer; the offer is then
// still pending.
func (s *Session) ReceiveAnswer(b []byte) (*Stream, error) {
	if s.phase != offered && s.phase != concluded {
		return nil, errors.New("receive answer: no offer of ours is pending")
	}
	text := string(b)
	if s.phase == concluded && s.agreed.remote == text {
		stream := *s.agreed.stream
		return &stream, nil
	}
	parsed, err := Parse(b)
	if err != nil {
		return nil, unreadable(err)
	}
	d := layoutOf(parsed)
	if err := s.ours.match(d); err != nil {
		return nil, err
	}
	remote, err := s.ours.read(d, s.agreed.stream)
	if err != nil {
		return nil, err
	}
	s.agreed.hear(remote, text)
	stream, err := s.ours.conclude(remote, s.agreed.fixedSetup(remote))
	if err != nil {
		return nil, err
	}
	next := s.before
	stream.Lines, next.slots = s.ours.concludeLines(d, stream, &s.before)
	next.local, next.text, next.version = s.ours.local, s.ours.text, s.ours.version
	next.voices, next.events, next.direction = s.ours.voices, s.ours.events, s.ours.direction
	next.security, next.orientation = s.ours.security, s.ours.orientation
	next.extensions = s.before.extensions.with(d)
	next.extensions.add(next.orientation)
	next.index, next.bundled, next.lines = s.ours.index, s.ours.bundled, s.ours.lines
	// Our own numbers come last: they are the ones later offers use.
	next.types = s.before.types.with(remote.Codecs...).with(remote.Events...).
		with(s.ours.voices...).with(s.ours.events...)
	for i := range s.ours.lines {
		next.types = next.types.with(numbers(s.ours.lines[i].codecs)...)
	}
	next.remember(stream, text)
	s.agreed, s.doubt = next, false
	s.phase = concluded
	result := *stream
	return &result, nil
}

// read returns what an answer says of the audio: nothing, where our offer switched
// it off. agreed is what was agreed before.
func (out *outgoing) read(d *layout, agreed *Stream) (*Remote, error) {
	if out.noAudio && out.index < 0 {
		r := &Remote{Index: -1, Profile: out.profile, Direction: Inactive, Held: true, Disabled: true}
		if agreed != nil {
			r.Proto = agreed.Remote.Proto
		}
		return r, nil
	}
	if out.noAudio && d.Media[out.index].Port == 0 {
		r := &Remote{
			Index: out.index, MID: d.mids[out.index], Profile: out.profile, Proto: d.Media[out.index].Proto,
			Direction: Inactive, Held: true, Disabled: true,
		}
		if agreed != nil {
			r.Proto = agreed.Remote.Proto
		}
		return r, nil
	}
	return readRemote(d, out.index, reading{
		answer: true, known: slices.Concat(out.voices, out.events),
		muxed: out.muxed, profile: out.profile,
	})
}

// match checks that an answer has the m-lines of the offer (RFC 3264 §6) and
// takes the audio. Lines behind ours that the offer had refused already may be
// missing: some peers leave them out.
func (out *outgoing) match(d *layout) error {
	if len(d.Media) > len(out.slots) || len(d.Media) <= out.index {
		return refuse(WarnOther, "the answer has "+strconv.Itoa(len(d.Media))+" m-lines, the offer has "+
			strconv.Itoa(len(out.slots)))
	}
	for i := range d.Media {
		if got, want := d.Media[i].Kind, out.slots[i].kind; !strings.EqualFold(got, want) {
			return refuse(WarnOther, "m-line "+strconv.Itoa(i+1)+" of the answer is "+clean(got)+
				", that of the offer is "+clean(want))
		}
	}
	if out.index >= 0 && d.Media[out.index].Port == 0 && !out.noAudio {
		return refuse(WarnMediaType, "the answer refuses the audio; offered were "+codecList(out.voices, nil))
	}
	return nil
}

// conclude returns what offer and answer agree on. fixed is the DTLS role we
// must keep, if any.
func (out *outgoing) conclude(r *Remote, fixed Setup) (*Stream, error) {
	if r.Disabled {
		return &Stream{Remote: *r, Direction: Inactive, PTime: 20, Setup: fixed}, nil
	}
	stream := &Stream{
		Remote:    *r,
		Direction: out.direction.Intersect(r.Direction.Reverse()),
		RTCPMux:   r.RTCPMux,
		PTime:     sendPTime(r),
	}
	common, receive := intersect(r.Codecs, out.voices)
	if len(common) == 0 {
		return nil, noCommonCodec(r.Codecs, out.voices)
	}
	// The answerer's first codec is the one it wants (RFC 3264 §7).
	stream.Send = common[0]
	events, receiveEvents := intersect(r.Events, out.events)
	stream.SendEvent = eventFor(stream.Send, events)
	stream.Receive = addAliases(receive, common, receiveEvents)
	stream.ReceiveEvents = addAliases(receiveEvents, events, stream.Receive)
	if c := comfortOf(r); stream.Send.Clock == 8000 && slices.ContainsFunc(out.events, c.Matches) {
		stream.Comfort = c
	}
	if r.Profile == Plain {
		var err error
		if stream.Security, err = out.security.conclude(r.Proto, &r.secured); err != nil {
			return nil, err
		}
	}
	if r.Profile == WebRTC || stream.Security.Keying == DTLS {
		stream.Setup = answeredSetup(r.Setup, fixed)
	}
	return stream, nil
}

// intersect returns what an answer and our offer have in common, in the order
// of the answer: as the answer describes it, and as our offer does.
func intersect(theirs, ours []Codec) (common, receive []Codec) {
	for _, c := range theirs {
		i := slices.IndexFunc(ours, c.Matches)
		if i >= 0 && !slices.Contains(receive, ours[i]) {
			common = append(common, c)
			receive = append(receive, ours[i])
		}
	}
	return common, receive
}

// addAliases adds to receive the codecs that the answer gave another payload
// type than our offer. It may do so for what we send (RFC 3264 §6.1), but some
// phones then use that number in what they send, too.
func addAliases(receive, common, others []Codec) []Codec {
	taken := slices.Concat(receive, others)
	for i, c := range common {
		isTaken := func(t Codec) bool { return t.PayloadType == c.PayloadType }
		if !slices.ContainsFunc(taken, isTaken) {
			alias := receive[i]
			alias.PayloadType = c.PayloadType
			receive = append(receive, alias)
			taken = append(taken, alias)
		}
	}
	return receive
}
