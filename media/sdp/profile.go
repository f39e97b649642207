package sdp

import "strings"

// Profile is the kind of media transport of a leg.
type Profile uint8

const (
	// Plain is RTP without ICE: RTP/AVP, and with keys by SDES or DTLS also
	// RTP/SAVP and UDP/TLS/RTP/SAVP (see Keying); AVPF and SAVPF tolerated.
	Plain Profile = iota
	// WebRTC is ICE with DTLS-SRTP: UDP/TLS/RTP/SAVPF and its older
	// spellings, answered as offered.
	WebRTC
)

// String returns "plain" or "webrtc".
func (p Profile) String() string {
	if p == WebRTC {
		return "webrtc"
	}
	return "plain"
}

// Transport protocols we write in our own offers.
const (
	protoPlain  = "RTP/AVP"
	protoSDES   = "RTP/SAVP"
	protoDTLS   = "UDP/TLS/RTP/SAVP"
	protoWebRTC = "UDP/TLS/RTP/SAVPF"
)

// transport classes of the proto field of an m-line.
type transport uint8

const (
	transportUnknown transport = iota
	transportRTP               // RTP/AVP, RTP/AVPF
	transportSRTP              // RTP/SAVP, RTP/SAVPF: SDES or, with a fingerprint, DTLS
	transportDTLS              // UDP/TLS/RTP/SAVP, UDP/TLS/RTP/SAVPF
)

func classifyProto(proto string) transport {
	switch strings.ToUpper(proto) {
	case "RTP/AVP", "RTP/AVPF":
		return transportRTP
	case "RTP/SAVP", "RTP/SAVPF":
		return transportSRTP
	case "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF":
		return transportDTLS
	}
	return transportUnknown
}
