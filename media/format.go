package media

import (
	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
)

// format is a codec as packets carry it. Those up to formatL16Full can be
// decoded and encoded; the others are opaque (see opaque.go): they go on as they
// came, or not at all.
type format uint8

const (
	formatNone format = iota
	formatOpus
	formatPCMU
	formatPCMA
	formatG722    // 16000 samples a second on an RTP clock of 8000 (RFC 3551 §4.5.2)
	formatL16     // linear, 16 bits, mono, at 8000
	formatL16Wide // at 16000
	formatL16Full // at 48000
	formatOpaque  // the first of the opaque ones
)

// formatOf returns the format of a codec of a description; formatNone when
// media knows nothing of it.
func formatOf(c sdp.Codec) format {
	mono := c.Channels <= 1
	switch {
	case c.Name == sdp.NameOpus && c.Clock == 48000:
		return formatOpus
	case c.Name == sdp.NamePCMU && c.Clock == 8000 && mono:
		return formatPCMU
	case c.Name == sdp.NamePCMA && c.Clock == 8000 && mono:
		return formatPCMA
	case c.Name == sdp.NameG722 && c.Clock == 8000 && mono:
		return formatG722
	case c.Name == sdp.NameL16 && mono:
		switch c.Clock {
		case 8000:
			return formatL16
		case 16000:
			return formatL16Wide
		case 48000:
			return formatL16Full
		}
	case mono:
		return opaqueOf(c)
	}
	return formatNone
}

// String returns the name and the RTP clock, e.g. "opus/48000".
func (f format) String() string {
	switch f {
	case formatNone:
		return ""
	case formatOpus:
		return "opus/48000"
	case formatPCMU:
		return "pcmu/8000"
	case formatPCMA:
		return "pcma/8000"
	case formatG722:
		return "g722/8000"
	case formatL16:
		return "l16/8000"
	case formatL16Wide:
		return "l16/16000"
	case formatL16Full:
		return "l16/48000"
	default:
		return f.kind().label()
	}
}

// clock returns the RTP clock in Hz.
func (f format) clock() uint32 {
	switch f {
	case formatOpus, formatL16Full:
		return 48000
	case formatL16Wide:
		return 16000
	}
	if f.opaque() {
		return f.kind().clock
	}
	return 8000
}

// rate returns how many samples a second the sound has at its best; 0 where we
// cannot hear it. Opus is run at what the other side of a path has.
func (f format) rate() codecs.Rate {
	switch f {
	case formatPCMU, formatPCMA, formatL16:
		return codecs.Rate8k
	case formatG722, formatL16Wide:
		return codecs.Rate16k
	case formatOpus, formatL16Full:
		return codecs.Rate48k
	}
	return 0
}

// pathRate returns the rate at which sound goes from one format to the other: no
// more than what both can carry. What has another rate of its own is resampled,
// except Opus, which runs at any.
func pathRate(in, out format) codecs.Rate { return min(in.rate(), out.rate()) }

// g711 reports whether a sample is an octet.
func (f format) g711() bool { return f == formatPCMU || f == formatPCMA }

// remembers reports whether a decoder goes by what it has decoded before, so that what was
// lost, or comes from another encoder, is heard in what comes after it.
func (f format) remembers() bool { return f == formatG722 || f == formatOpus }

// span returns how long a payload lasts in units of the clock, as far as that
// can be told without decoding: 20 ms where it cannot.
func (f format) span(size int) uint32 {
	switch f {
	case formatPCMU, formatPCMA, formatG722: // G.722: an octet is two samples, and one unit of its clock
		return uint32(size)
	case formatL16, formatL16Wide, formatL16Full:
		return uint32(size) / 2
	}
	if f.opaque() {
		return f.kind().span(size)
	}
	return f.clock() / 50
}
