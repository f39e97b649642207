package sdp

import (
	"slices"
	"strings"
)

// incoming is an offer of the far side.
type incoming struct {
	text  string
	slots []slot
	// extensions are the numbers that it gives header extensions.
	extensions extensions
	// choices are the m-lines that could be used, the preferred one first.
	choices []choice
	// noAudio is the refusal of an offer that has none, where nothing else of it
	// is wanted either.
	noAudio error
}

// choice is an audio m-line of an offer.
type choice struct {
	remote  *Remote
	bundled bool
}

// maxChoices bounds how many audio m-lines of an offer are looked at: phones
// offer the same stream at most as SRTP, DTLS-SRTP and plain.
const maxChoices = 4

// ReceiveOffer reads an offer of the far side, which becomes the pending
// offer until Answer or Rollback; one that is pending already is replaced. The
// error is a *NegotiationError with the SIP status to answer; the session is
// then as it was before.
func (s *Session) ReceiveOffer(b []byte) (*Remote, error) {
	if s.phase == offered {
		return nil, &NegotiationError{Status: 491, Warning: WarnOther, Text: "our own offer is pending"}
	}
	parsed, err := Parse(b)
	if err != nil {
		return nil, unreadable(err)
	}
	d := layoutOf(parsed)
	in := &incoming{text: string(b), slots: slotsOf(d), extensions: extensions{}.with(d)}
	if in.choices, err = choices(d, &s.agreed); err != nil {
		return nil, err
	}
	for _, c := range in.choices {
		c.remote.Lines = readLines(d, c.remote, s.agreed.slots, in.slots)
	}
	if r := in.choices[0].remote; r.Disabled {
		if in.noAudio = noAudio(d); len(r.Lines) == 0 && len(r.Others) > 0 {
			return nil, in.noAudio
		}
	}
	for _, c := range in.choices {
		s.agreed.hear(c.remote, in.text)
	}
	s.before = s.agreed
	s.theirs = in
	s.phase = received
	remote := *in.preferred(&s.agreed)
	return &remote, nil
}

// preferred returns the first choice of the profile the dialog has.
func (in *incoming) preferred(st *state) *Remote {
	if st.stream != nil {
		for _, c := range in.choices {
			if c.remote.Profile == st.stream.Remote.Profile {
				return c.remote
			}
		}
	}
	return in.choices[0].remote
}

// choices returns the audio m-lines of d that can be used: the one the dialog
// has, then the others in their order. Without any it says why.
func choices(d *layout, st *state) ([]choice, error) {
	var found []choice
	var firstErr error
	for _, i := range audioLines(d, st) {
		remote, err := readRemote(d, i, reading{})
		if err != nil {
			if firstErr == nil {
				firstErr = err
			}
			continue
		}
		found = append(found, choice{remote: remote, bundled: d.bundled(i)})
	}
	switch {
	case len(found) > 0:
		return found, nil
	case firstErr != nil:
		return nil, firstErr
	}
	if remote := disabled(d, st); remote != nil {
		return []choice{{remote: remote}}, nil
	}
	return nil, noAudio(d)
}

// audioLines returns the positions of the first active audio m-lines, the one
// the dialog uses at the front.
func audioLines(d *layout, st *state) []int {
	var lines []int
	if st.stream != nil && st.index >= 0 && st.index < len(d.Media) && isActiveAudio(d, st.index) {
		lines = append(lines, st.index)
	}
	for i := range d.Media {
		if len(lines) == maxChoices {
			break
		}
		if isActiveAudio(d, i) && (len(lines) == 0 || lines[0] != i) {
			lines = append(lines, i)
		}
	}
	return lines
}

func isActiveAudio(d *layout, i int) bool {
	return strings.EqualFold(d.Media[i].Kind, "audio") && d.active(i)
}

// disabled returns the remote for an offer in which our stream has port 0, which
// ends it but not the dialog (RFC 3264 §8.2). One that has another kind of media in
// its place, as old gateways write fax, has no place for it.
func disabled(d *layout, st *state) *Remote {
	if st.stream == nil {
		return faxOnly(d)
	}
	r := &Remote{
		Index: -1, Profile: st.stream.Remote.Profile, Proto: st.stream.Remote.Proto,
		Direction: Inactive, Held: true, Disabled: true,
	}
	if i := st.index; i >= 0 && i < len(d.Media) && strings.EqualFold(d.Media[i].Kind, "audio") {
		r.Index, r.MID, r.Proto = i, d.mids[i], d.Media[i].Proto
	}
	for i := range d.Media {
		if d.active(i) {
			r.Others = append(r.Others, d.Media[i].Kind)
		}
	}
	if r.Index < 0 && r.Others == nil {
		return nil
	}
	return r
}

// faxOnly returns the remote for a first offer that has a fax and no sound, as
// machines behind a trunk send it that have nothing to say; nil for any other.
func faxOnly(d *layout) *Remote {
	r := &Remote{Index: -1, Profile: Plain, Direction: Inactive, Held: true, Disabled: true}
	for i := range d.Media {
		if d.active(i) {
			r.Others = append(r.Others, d.Media[i].Kind)
		}
	}
	isImage := func(kind string) bool { return strings.EqualFold(kind, KindImage) }
	if !slices.ContainsFunc(r.Others, isImage) {
		return nil
	}
	return r
}

// noAudio is the refusal of an offer without audio, such as a change to T.38.
func noAudio(d *layout) error {
	var kinds []string
	for i := range d.Media {
		if m := &d.Media[i]; d.active(i) && len(kinds) < 4 {
			kinds = append(kinds, clean(m.Kind)+" ("+clean(m.Proto)+")")
		}
	}
	if kinds == nil {
		return refuse(WarnMediaType, "no media is offered, audio is needed")
	}
	return refuse(WarnMediaType, "only "+strings.Join(kinds, ", ")+" is offered, audio is needed")
}

// unreadable is the refusal of a body that cannot be parsed.
func unreadable(err error) *NegotiationError {
	return &NegotiationError{Status: 400, Warning: WarnOther, Text: err.Error(), cause: err}
}
