package media

import "github.com/tandemgw/tandem/media/sdp"

// format is a codec that media can send and understand.
type format uint8

const (
	formatNone format = iota
	formatOpus
	formatPCMU
	formatPCMA
)

// formatOf returns the format of a codec of a description; formatNone when it
// is none of ours.
func formatOf(c sdp.Codec) format {
	switch {
	case c.Name == sdp.NameOpus && c.Clock == 48000:
		return formatOpus
	case c.Name == sdp.NamePCMU && c.Clock == 8000 && c.Channels <= 1:
		return formatPCMU
	case c.Name == sdp.NamePCMA && c.Clock == 8000 && c.Channels <= 1:
		return formatPCMA
	}
	return formatNone
}

// String returns the name and the RTP clock, e.g. "opus/48000".
func (f format) String() string {
	switch f {
	case formatOpus:
		return "opus/48000"
	case formatPCMU:
		return "pcmu/8000"
	case formatPCMA:
		return "pcma/8000"
	default:
		return ""
	}
}

// clock returns the RTP clock in Hz.
func (f format) clock() uint32 {
	if f == formatOpus {
		return 48000
	}
	return 8000
}

// g711 reports whether a sample is an octet.
func (f format) g711() bool { return f == formatPCMU || f == formatPCMA }

// span returns how long a payload lasts in units of the clock, as far as that
// can be told without decoding: 20 ms for Opus.
func (f format) span(size int) uint32 {
	if f.g711() {
		return uint32(size)
	}
	return f.clock() / 50
}
