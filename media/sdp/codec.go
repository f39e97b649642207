package sdp

import (
	"strconv"
	"strings"
)

// Canonical codec names.
const (
	NameOpus  = "opus"
	NamePCMU  = "pcmu"
	NamePCMA  = "pcma"
	NameG722  = "g722"
	NameL16   = "l16"
	NameEvent = "telephone-event"
	NameCN    = "cn"
	NameAMR   = "amr"
	NameAMRWB = "amr-wb"
)

// Codec is one RTP payload format (RFC 8866 §6.6, RFC 3551). Codecs are
// comparable; the zero Codec stands for none.
type Codec struct {
	// Name is the encoding name in canonical lower case, e.g. "opus".
	Name string
	// Clock is the RTP clock in Hz: 48000 for Opus, 8000 for G.711 and,
	// by RFC 3551 §4.5.2, for G.722.
	Clock int
	// Channels is the number of audio channels; 0 counts as 1.
	Channels int
	// PayloadType is 0..127. In Local, 0 for a codec other than PCMU means
	// that the number is chosen (offers) or taken from the offer (answers).
	PayloadType uint8
	// Said is the clock that the far side's rtpmap has where it means Clock; else 0. Some
	// telephones write G722/16000, and may look for that in the answer.
	Said int
	// Params is the value of a=fmtp without the payload type.
	Params string
	// RTX is the payload type in which packets of a video format are repeated
	// (RFC 4588); 0 for none. Feedback is what may be said about them.
	RTX      uint8
	Feedback Feedback
}

// IsZero reports whether c stands for no codec.
func (c Codec) IsZero() bool { return c.Name == "" }

// Matches reports whether c and d are the same format: equal name, clock and
// channels. Payload type and parameters do not count, but for those that make a
// format another one: of video, and of AMR.
func (c Codec) Matches(d Codec) bool {
	return c.Name == d.Name && c.Clock == d.Clock && c.channels() == d.channels() && c.variant() == d.variant()
}

// String returns the codec as rtpmap writes it, e.g. "opus/48000/2".
func (c Codec) String() string {
	s := c.displayName() + "/" + strconv.Itoa(c.Clock)
	if c.Channels > 1 {
		s += "/" + strconv.Itoa(c.Channels)
	}
	return s
}

// rtpmap returns the codec as the far side writes it.
func (c Codec) rtpmap() string {
	if c.Said != 0 {
		c.Clock = c.Said
	}
	return c.String()
}

// displayName returns the spelling that registries and most peers use.
func (c Codec) displayName() string {
	switch c.Name {
	case NameOpus, NameEvent, "speex", "red":
		return c.Name
	case "ilbc":
		return "iLBC"
	}
	return strings.ToUpper(c.Name)
}

// channels returns the channel count that is compared: Opus is two channels
// in every rtpmap (RFC 7587 §7), also where a peer forgets to say so; events
// have none, also where a peer counts those of the codec.
func (c Codec) channels() int {
	switch c.Name {
	case NameOpus:
		return 2
	case NameEvent, NameCN:
		return 1
	}
	return max(c.Channels, 1)
}

// Opus returns the codec Opus with the parameters we ask for: in-band FEC and
// frames down to 10 ms (RFC 7587 §6.1).
func Opus() Codec {
	return Codec{Name: NameOpus, Clock: 48000, Channels: 2, Params: "minptime=10;useinbandfec=1"}
}

// PCMU returns the codec G.711 µ-law.
func PCMU() Codec { return Codec{Name: NamePCMU, Clock: 8000} }

// PCMA returns the codec G.711 A-law.
func PCMA() Codec { return Codec{Name: NamePCMA, Clock: 8000, PayloadType: 8} }

// G722 returns the codec G.722, whose RTP clock is 8000 although it samples
// at 16000 (RFC 3551 §4.5.2).
func G722() Codec { return Codec{Name: NameG722, Clock: 8000, PayloadType: 9} }

// staticCodec returns the codec that payload type pt stands for without an
// rtpmap (RFC 3551 §6, table 4; audio only).
func staticCodec(pt uint8) (Codec, bool) {
	c := Codec{Clock: 8000, PayloadType: pt}
	switch pt {
	case 0:
		c.Name = NamePCMU
	case 3:
		c.Name = "gsm"
	case 4:
		c.Name = "g723"
	case 5:
		c.Name = "dvi4"
	case 6:
		c.Name, c.Clock = "dvi4", 16000
	case 7:
		c.Name = "lpc"
	case 8:
		c.Name = NamePCMA
	case 9:
		c.Name = NameG722
	case 10:
		c.Name, c.Clock, c.Channels = NameL16, 44100, 2
	case 11:
		c.Name, c.Clock = NameL16, 44100
	case 12:
		c.Name = "qcelp"
	case 13, 19: // 19 is the number comfort noise had before RFC 3389
		c.Name = NameCN
	case 14:
		c.Name, c.Clock = "mpa", 90000
	case 15:
		c.Name = "g728"
	case 16:
		c.Name, c.Clock = "dvi4", 11025
	case 17:
		c.Name, c.Clock = "dvi4", 22050
	case 18:
		c.Name = "g729"
	default:
		return Codec{}, false
	}
	return c, true
}

// staticType returns the payload type RFC 3551 gives a codec.
func staticType(c Codec) (uint8, bool) {
	for pt := range uint8(19) {
		if s, ok := staticCodec(pt); ok && s.Matches(c) {
			return pt, true
		}
	}
	return 0, false
}

// canonicalName returns the name under which a codec is known here.
func canonicalName(name string) string {
	name = strings.ToLower(name)
	switch name {
	case "g711u", "g.711u", "ulaw":
		return NamePCMU
	case "g711a", "g.711a", "alaw":
		return NamePCMA
	}
	return name
}
