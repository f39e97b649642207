package sdp

import "slices"

// A plain line of video is encrypted by itself: its keys are its own (RFC 4568
// §5.1.1), and so is its DTLS (RFC 5763 §6.9). The way is that of the sound, so that
// a description is encrypted as a whole, or not at all.

// line returns the agreed line of a kind and number, nil where there is none.
func (st *state) line(kind string, number int) *StreamLine {
	if st.stream == nil {
		return nil
	}
	return st.stream.Line(kind, number)
}

// fixedSetup returns the DTLS role that a line must keep towards who has the
// certificates: that of before, where one of them is still the same.
func (s *StreamLine) fixedSetup(fingerprints []string) Setup {
	known := func(f string) bool { return slices.Contains(fingerprints, f) }
	if s == nil || !slices.ContainsFunc(s.Remote.Fingerprints, known) {
		return SetupNone
	}
	return s.Setup
}

// answerSecurity answers what a line is offered with of encryption; false where the
// line is refused for it.
func (s *StreamLine) answerSecurity(before *state, sound *Stream, l *Local, line *liveLine) bool {
	agreed, ok := l.answerSecured(&s.Remote.secured, line.local.Crypto)
	if !ok || agreed.Keying == Clear && sound.Security.Keying != Clear {
		return false
	}
	s.Security, line.security = agreed, l.secureAgain(s.Remote.Proto, agreed, &s.Remote.secured)
	if agreed.Keying == DTLS {
		s.Setup, ok = answerSetup(s.Remote.Setup, l.Setup, before.line(s.Kind, s.Number).fixedSetup(s.Remote.Fingerprints))
		line.setup = s.Setup
	}
	return ok
}

// offerSecurity says how a line of our offer is encrypted: as it was agreed, else as
// the sound.
func (out *outgoing) offerSecurity(l *Local, agreed *StreamLine, line *liveLine) {
	switch {
	case out.profile != Plain || line.local.Kind != KindVideo:
		return
	case agreed != nil:
		line.security = l.secureAgain(agreed.Remote.Proto, agreed.Security, &agreed.Remote.secured)
	default:
		line.security = out.security
		line.security.cryptos = nil
		if out.security.keying == SDES {
			line.security.cryptos = offeredKeys(line.local.Crypto)
		}
	}
	if line.security.keying == DTLS {
		line.setup = ActPass
	}
}

// concludeSecurity takes what an answer makes of it; false where the line is not used
// for it, since it would go open beside sound that does not.
func (s *StreamLine) concludeSecurity(before *state, sound *Stream, line *liveLine) bool {
	if sound.Remote.Profile != Plain {
		return true
	}
	agreed, err := line.security.conclude(s.Remote.Proto, &s.Remote.secured)
	if err != nil || agreed.Keying == Clear && sound.Security.Keying != Clear {
		return false
	}
	if s.Security = agreed; agreed.Keying == DTLS {
		s.Setup = answeredSetup(s.Remote.Setup, before.line(s.Kind, s.Number).fixedSetup(s.Remote.Fingerprints))
	}
	return true
}
