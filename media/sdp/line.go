package sdp

import "net/netip"

// Kinds of the lines beside the main audio line.
const (
	KindVideo = "video"
	KindImage = "image"
)

// How many lines of a kind a dialog may use at once, beside its audio: a camera
// and a screen; one fax.
const (
	MaxVideo = 2
	MaxImage = 1
)

// LocalLine is what a leg says of one line beside its main audio line. The
// transport of a WebRTC line is that of the audio (BUNDLE, RFC 9143).
type LocalLine struct {
	// Kind is KindVideo or KindImage.
	Kind string
	// Number is which one of its kind it is, from 0. A line keeps its number for
	// as long as it lives, and its m-line.
	Number int
	// Direction is what we want now.
	Direction Direction
	// Codecs are the formats of a video line, most wanted first; an answer takes
	// the first that the offer has too. Their payload types, Feedback and RTX are
	// ignored: numbers are chosen or taken from the offer.
	Codecs []Codec
	// Feedback is what of RTCP feedback we understand (RFC 4585 §4.2).
	Feedback Feedback
	// Orientation says that how a picture is to be turned can be passed on both ways, in
	// a header extension (3GPP TS 26.114 §7.4.5).
	Orientation bool
	// Content is the value of a=content (RFC 4796), e.g. "slides"; empty for none.
	Content string
	// SSRC and RTXSSRC are our sources; with an RTXSSRC lost packets are repeated
	// in the way of RFC 4588, where the far end knows it.
	SSRC, RTXSSRC uint32
	// Port and RTCPPort are where a plain line is received, as in Local.
	Port, RTCPPort uint16
	// Crypto are the keys of what we send in a plain line of video, as in Local; none
	// of them may be another line's.
	Crypto []Crypto
	// Proto, Formats and Attributes are written as they are for a line of
	// KindImage: "udptl", "t38" and values of a=.
	Proto      string
	Formats    []string
	Attributes []string
}

// RemoteLine is what the far description says of a line beside its main audio.
type RemoteLine struct {
	Kind string
	// Number is which one of its kind it is: the number that it had before, else
	// the lowest that is free.
	Number int
	// Index is the position of the m-line among all m-lines, from 0.
	Index      int
	MID, Proto string
	// Codecs are the video formats in their order, with the feedback and the
	// payload type of retransmissions of each.
	Codecs []Codec
	// Direction is theirs; Held says that they do not want to get anything.
	Direction Direction
	Held      bool
	// RTP and RTCP are where a plain line is received, as in Remote.
	RTP, RTCP netip.AddrPort
	RTCPMux   bool
	// SSRCs are their sources; RTXSSRCs those of them that retransmit.
	SSRCs, RTXSSRCs []uint32
	// Fingerprints and Setup are those of a plain line with DTLS, as in Remote.
	Fingerprints []string
	Setup        Setup
	secured      secured // what a plain line says of encryption
	streamID     uint8   // see readStreamID
	// Orientation is the number of the header extension that says how a picture is to be
	// turned; 0 where they do not know it, or not both ways.
	Orientation uint8
	Content     string
	// Bandwidth is how much they want at most (b=), in bits a second; 0 unsaid.
	Bandwidth uint64
	// Formats and Attributes are those of a line of KindImage, the attributes as
	// they stand behind a=.
	Formats    []string
	Attributes []string
}

// StreamLine is what an offer and its answer agreed on for one line. A line that
// was refused has none.
type StreamLine struct {
	Kind          string
	Number, Index int
	Remote        RemoteLine
	// Send is the format we send, with their payload types, Feedback what they
	// understand of it; Receive are those that may arrive, with our payload types.
	// Sends are all that they take, Send the first.
	Send    Codec
	Sends   []Codec
	Receive []Codec
	// Direction is ours, after both wishes.
	Direction Direction
	RTCPMux   bool
	// Orientation is the number of that header extension, where both know it; else 0.
	Orientation uint8
	// Security is how a plain line is encrypted, Setup our DTLS role there. Beside
	// sound that is encrypted no line goes without.
	Security Security
	Setup    Setup
}

// Line returns the agreed line of a kind and number, nil where there is none.
func (s *Stream) Line(kind string, number int) *StreamLine {
	for i := range s.Lines {
		if l := &s.Lines[i]; l.Kind == kind && l.Number == number {
			return l
		}
	}
	return nil
}

// Line returns the offered line of a kind and number, nil where there is none.
func (r *Remote) Line(kind string, number int) *RemoteLine {
	for i := range r.Lines {
		if l := &r.Lines[i]; l.Kind == kind && l.Number == number {
			return l
		}
	}
	return nil
}

// most returns how many lines of a kind are used at once.
func most(kind string) int {
	switch kind {
	case KindVideo:
		return MaxVideo
	case KindImage:
		return MaxImage
	}
	return 0
}
