package sdp

import "net/netip"

// Local is what one of our legs can do and where it is reached. It is written
// by media and leg and only read here.
type Local struct {
	Profile Profile
	// Address and Port are where RTP is received: c= and the port of m=.
	// With ICE they may be left out; then they come from the first candidate.
	Address netip.Addr
	Port    uint16
	// RTCPPort is where RTCP is received; 0 means Port+1, or Port when
	// rtcp-mux is agreed. It is written as a=rtcp only when it differs.
	RTCPPort uint16
	// Codecs are the voice codecs in order of preference, most wanted first.
	Codecs []Codec
	// Events says whether telephone-event is offered and answered, at the
	// clock of each codec.
	Events bool
	// Direction is what we want now. To hold is to want SendOnly or Inactive.
	Direction Direction
	// PTime is the packet time we want to receive, in ms. 0 is 20 and is
	// said only to a peer that says its own.
	PTime int

	// SSRC, CNAME and StreamID are written as a=ssrc and a=msid (WebRTC).
	SSRC            uint32
	CNAME, StreamID string
	// ICE is needed for WebRTC and ignored for Plain.
	ICE *ICE
	// Fingerprint is the value of a=fingerprint, e.g. "sha-256 AB:CD:...".
	Fingerprint string
	// Setup is the DTLS role wanted in an answer, Active or Passive;
	// SetupNone means Active where the offer allows it. An offer that forces
	// the other role wins, and so does the role the dialog already has:
	// Stream.Setup says what came out. Offers always say ActPass.
	Setup Setup
}
