package sdp

import "net/netip"

// Remote is what the far description says about the one audio stream we use.
type Remote struct {
	// Index is the position of the m-line among all m-lines, from 0.
	Index int
	// MID is the value of a=mid, empty when there is none.
	MID string
	// Profile and Proto are the kind of transport and its spelling.
	Profile Profile
	Proto   string
	// Codecs are the voice codecs in the order written, known to us or not;
	// Events and ComfortNoise are telephone-event and CN at each clock.
	Codecs, Events, ComfortNoise []Codec
	// Direction is theirs, as they wrote it. A connection address of 0.0.0.0
	// or :: counts as not receiving (RFC 3264 §8.4).
	Direction Direction
	// Held says that they do not want to hear us: they hold the call.
	Held bool
	// Disabled says that the stream is switched off with port 0, which only
	// a later offer can do.
	Disabled bool
	// RTP and RTCP are where they receive. They are the zero AddrPort when
	// nothing can be sent there: hold by 0.0.0.0, port 0, or an address that
	// ICE will find (WebRTC with port 9 or 0.0.0.0). RTCP equals RTP when
	// RTCPMux is set.
	RTP, RTCP netip.AddrPort
	RTCPMux   bool
	// PTime and MaxPTime are theirs, in ms, 0 when unsaid.
	PTime, MaxPTime int

	// ICE is nil when the description has no ICE credentials.
	ICE *ICE
	// Fingerprints are the values of a=fingerprint with a lower-case hash
	// name and upper-case digits, e.g. "sha-256 AB:CD:...".
	Fingerprints []string
	// Setup is their a=setup, as written.
	Setup Setup
	// SSRCs are the sources they announce (a=ssrc), each once.
	SSRCs []uint32

	// ICERestart says that the ICE credentials differ from those agreed
	// before (RFC 8839 §4.4.1.1): answer with new ones.
	ICERestart bool
	// NewFingerprint says that no fingerprint agreed before is still
	// offered: a new DTLS association (RFC 8842 §5.5).
	NewFingerprint bool
	// Unchanged says that the description is the one agreed before, as
	// session timers send it.
	Unchanged bool

	// Others are the kinds of the m-lines that are offered but not used,
	// e.g. "video".
	Others []string
}
