package sdp

// ICE is the ICE part of a description (RFC 8839).
type ICE struct {
	Ufrag, Pwd string
	// Lite says that the side only answers checks (a=ice-lite).
	Lite bool
	// Trickle says that the side takes part in trickle ICE (RFC 8840).
	Trickle bool
	// Candidates are values of a=candidate, as text, in their order. Those
	// of a remote are unchecked: whoever parses them must bound and filter.
	Candidates []string
	// EndOfCandidates says that no more candidates will come. It is always
	// written in our own descriptions, whatever its value.
	EndOfCandidates bool
}
