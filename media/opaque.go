package media

import (
	"strconv"
	"strings"

	"github.com/tandemgw/tandem/media/sdp"
)

// opaque is a codec that we can neither decode nor encode. Two telephones that
// agree on it hear each other: their packets are passed on as they are. All
// others are served by a codec of ours.
type opaque struct {
	name  string
	clock uint32
	// wants is a parameter that changes the layout of the payload: a stream
	// with it cannot be passed on as one without (RFC 4867 §8.1, RFC 3952 §5).
	wants, value string
	// octets of payload last units of the clock; 0 where that varies.
	octets, units uint32
}

// opaques are the codecs that are passed on. A format of the same codec with the
// parameter stands right before the one without it.
var opaques = [...]opaque{
	{name: "g729", clock: 8000, octets: 10, units: 80},
	{name: "amr", clock: 8000, wants: "octet-align", value: "1"},
	{name: "amr", clock: 8000},
	{name: "amr-wb", clock: 16000, wants: "octet-align", value: "1"},
	{name: "amr-wb", clock: 16000},
	{name: "ilbc", clock: 8000, wants: "mode", value: "20", octets: 38, units: 160},
	{name: "ilbc", clock: 8000, octets: 50, units: 240},
	{name: "gsm", clock: 8000, octets: 33, units: 160},
	{name: "speex", clock: 8000},
	{name: "speex", clock: 16000},
	{name: "speex", clock: 32000},
	{name: "g723", clock: 8000, octets: 24, units: 240},
	{name: "g726-16", clock: 8000, octets: 1, units: 4},
	{name: "g726-24", clock: 8000, octets: 3, units: 8},
	{name: "g726-32", clock: 8000, octets: 1, units: 2},
	{name: "g726-40", clock: 8000, octets: 5, units: 8},
}

// opaque reports whether f can only be passed on.
func (f format) opaque() bool { return f >= formatOpaque }

// kind returns what an opaque format is.
func (f format) kind() *opaque {
	i := int(f - formatOpaque)
	if f < formatOpaque || i >= len(opaques) {
		return &opaque{}
	}
	return &opaques[i]
}

// opaqueOf returns the format of a codec that is not ours, formatNone where it is
// not one of those that are passed on.
func opaqueOf(c sdp.Codec) format {
	for i := range opaques {
		o := &opaques[i]
		if o.name == c.Name && int(o.clock) == c.Clock && (o.wants == "" || c.Param(o.wants) == o.value) {
			return formatOpaque + format(i)
		}
	}
	return formatNone
}

// label is the name, the clock and what sets it apart: "amr/8000 octet-align=1".
func (o *opaque) label() string {
	if o.name == "" {
		return ""
	}
	s := strings.ToLower(o.name) + "/" + strconv.Itoa(int(o.clock))
	if o.wants != "" {
		s += " " + o.wants + "=" + o.value
	}
	return s
}

// span returns how long a payload lasts, 20 ms where its size does not say.
func (o *opaque) span(size int) uint32 {
	if o.octets == 0 || size < int(o.octets) {
		return max(o.clock/50, o.units)
	}
	return uint32(size) / o.octets * o.units
}
