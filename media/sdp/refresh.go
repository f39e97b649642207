package sdp

import "errors"

// Clone returns an independent copy of the session as it is, to try an offer or an
// answer on: what fails there has changed nothing here.
func (s *Session) Clone() *Session {
	c := *s
	return &c
}

// Reoffer offers what was agreed last once more, octet for octet, which says that
// nothing has changed (RFC 3264 §8, RFC 4028 §7.4). Like any offer it is pending
// until ReceiveAnswer or Rollback. The error is a *NegotiationError with status 491
// while an offer of theirs is pending; any other says that nothing was agreed yet,
// or that no stream was.
func (s *Session) Reoffer() ([]byte, error) {
	st := &s.agreed
	switch {
	case s.phase == received:
		return nil, &NegotiationError{Status: 491, Warning: WarnOther, Text: "an offer of the far side is pending"}
	case st.stream == nil || st.stream.Remote.Disabled && len(st.lines) == 0:
		return nil, errors.New("offer again: nothing was agreed")
	}
	s.ours = &outgoing{
		local: st.local, text: st.text, version: st.version, slots: st.slots, index: st.index,
		profile: st.stream.Remote.Profile, voices: st.voices, events: st.events,
		direction: st.direction, muxed: st.stream.RTCPMux, bundled: st.bundled, lines: st.lines,
		noAudio: st.stream.Remote.Disabled, security: st.security,
	}
	s.before = s.agreed
	s.phase = offered
	return []byte(st.local), nil
}
