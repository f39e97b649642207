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
	// with it cannot be passed on as one without (RFC 4867 §8.1).
	wants, value string
	// octets of payload last units of the clock; 0 where that varies.
	octets, units uint32
	// tells are the parameters that one leg may tell of the other.
	tells []string
}

// opaques are the codecs that are passed on. A format of the same codec with the
// parameter stands right before the one without it.
var opaques = [...]opaque{
	{name: "g729", clock: 8000, octets: 10, units: 80, tells: []string{"annexb"}},
	{name: "amr", clock: 8000, wants: "octet-align", value: "1", tells: amrTells},
	{name: "amr", clock: 8000, tells: amrTells},
	{name: "amr-wb", clock: 16000, wants: "octet-align", value: "1", tells: amrTells},
	{name: "amr-wb", clock: 16000, tells: amrTells},
	{name: "ilbc", clock: 8000, tells: []string{"mode"}}, // the size of a payload tells 20 from 30 ms
	{name: "gsm", clock: 8000, octets: 33, units: 160},
	{name: "speex", clock: 8000, tells: []string{"mode", "vbr"}},
	{name: "speex", clock: 16000, tells: []string{"mode", "vbr"}},
	{name: "speex", clock: 32000, tells: []string{"mode", "vbr"}},
	{name: "g723", clock: 8000, octets: 24, units: 240, tells: []string{"annexa"}},
	{name: "g726-16", clock: 8000, octets: 1, units: 4},
	{name: "g726-24", clock: 8000, octets: 3, units: 8},
	{name: "g726-32", clock: 8000, octets: 1, units: 2},
	{name: "g726-40", clock: 8000, octets: 5, units: 8},
}

// amrTells are the parameters of AMR that are told (RFC 4867 §8.1); what asks for
// another layout of the payload than octet-align does is not carried.
var amrTells = []string{"octet-align", "mode-set", "mode-change-period", "mode-change-capability", "mode-change-neighbor", "max-red"}

// amrNeeds are parameters of AMR without which its payload cannot be read.
var amrNeeds = []string{"crc", "robust-sorting", "interleaving"}

// Codec is a codec as descriptions name it.
type Codec = sdp.Codec

// Opaque reports whether a codec is one that can only be passed on between two
// telephones, and returns it as the other leg may be told of it: with no
// parameters but those that both ends must know.
func Opaque(c Codec) (Codec, bool) {
	f := formatOf(c)
	if !f.opaque() {
		return c, false
	}
	k := f.kind()
	if strings.HasPrefix(k.name, "amr") {
		for _, name := range amrNeeds {
			if v := c.Param(name); v != "" && v != "0" {
				return c, false
			}
		}
	}
	var told []string
	for _, name := range k.tells {
		if v := c.Param(name); v != "" && plainValue(v) {
			told = append(told, name+"="+v)
		}
	}
	c.Params = strings.Join(told, ";")
	return c, true
}

// plainValue reports whether a value is as the parameters have it that are told:
// words, numbers and lists of them.
func plainValue(v string) bool {
	return len(v) <= 32 && !strings.ContainsFunc(v, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != ',' && r != '"'
	})
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
