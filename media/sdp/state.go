package sdp

import "slices"

// state is what a dialog has agreed on. It is replaced as a whole and its
// slices are never written again, so that copies are cheap and independent.
type state struct {
	stream *Stream // nil at first
	// local is our description, text the part of it behind the version and
	// version that of o=.
	local   string
	text    string
	version uint64

	voices    []Codec // what local lists
	events    []Codec
	direction Direction // what local says
	lines     []liveLine

	security offeredSecurity // what local says of encryption

	slots   []slot
	index   int
	bundled bool
	types   payloadTypes
	setup   Setup // our DTLS role, fixed with the first agreement

	// Numbers of header extensions that were ever used here, and of orientationExtension;
	// 0 where nobody has named it.
	extensions  extensions
	orientation uint8

	// What the far side said last; ICE and fingerprints also survive a time
	// in which the stream is disabled.
	remote       string
	ice          *ICE
	fingerprints []string
	tlsID        string
	associations int // how many there were before the one of now
}

// hear puts into r how it differs from what was agreed.
func (st *state) hear(r *Remote, text string) {
	r.Unchanged = st.remote != "" && st.remote == text
	r.ICERestart = st.ice != nil && r.ICE != nil && !st.ice.sameAs(r.ICE)
	known := func(f string) bool { return slices.Contains(st.fingerprints, f) }
	r.NewFingerprint = len(st.fingerprints) > 0 && len(r.Fingerprints) > 0 &&
		!slices.ContainsFunc(r.Fingerprints, known)
	r.NewAssociation = r.Profile == Plain && st.tlsID != "" && r.TLSID != "" && st.tlsID != r.TLSID
}

// fixedSetup returns the DTLS role that we must keep towards r. A new
// association, with new credentials and another certificate, may have other
// roles; nothing less may (RFC 8842 §5.5).
func (st *state) fixedSetup(r *Remote) Setup {
	if r.ICERestart && r.NewFingerprint || r.NewAssociation {
		return SetupNone
	}
	return st.setup
}

// remember puts the agreed stream into the state.
func (st *state) remember(s *Stream, text string) {
	st.stream = s
	st.remote = text
	for i := range s.Remote.Lines {
		if n := s.Remote.Lines[i].Orientation; n != 0 {
			st.orientation = n
		}
	}
	if s.Remote.ICE != nil {
		st.ice = s.Remote.ICE
	}
	if len(s.Remote.Fingerprints) > 0 {
		st.fingerprints = s.Remote.Fingerprints
	}
	if s.Remote.TLSID != "" {
		st.tlsID = s.Remote.TLSID
	}
	if s.Remote.NewAssociation {
		st.associations++
	}
	s.Association = st.associations
	if s.Setup != SetupNone {
		st.setup = s.Setup
	}
}
