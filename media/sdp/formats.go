package sdp

import (
	"strconv"
	"strings"
)

// formats are the payload formats of an audio m-line, sorted by what they are.
type formats struct {
	voice, events, comfortNoise []Codec
}

// readFormats returns the formats listed in m=, each payload type once. A
// number without an rtpmap is one of known, if given, or a static one; a
// number that is listed nowhere in m= does not exist, whatever rtpmap says.
func readFormats(m *Media, known []Codec) formats {
	var rtpmap, fmtp [128]string
	for name, value := range attributes(m.Lines) {
		if name != "rtpmap" && name != "fmtp" {
			continue
		}
		number, rest, _ := strings.Cut(value, " ")
		pt, ok := parsePayloadType(number)
		if !ok {
			continue
		}
		table := &rtpmap
		if name == "fmtp" {
			table = &fmtp
		}
		if table[pt] == "" {
			table[pt] = strings.TrimSpace(rest)
		}
	}
	var f formats
	var seen [128]bool
	for _, text := range m.Formats {
		pt, ok := parsePayloadType(text)
		if !ok || seen[pt] {
			continue
		}
		seen[pt] = true
		c, ok := readCodec(pt, rtpmap[pt], known)
		if !ok {
			continue
		}
		c.Params = fmtp[pt]
		f.add(c)
	}
	return f
}

func (f *formats) add(c Codec) {
	switch c.Name {
	case NameEvent:
		f.events = append(f.events, c)
	case NameCN:
		f.comfortNoise = append(f.comfortNoise, c)
	default:
		f.voice = append(f.voice, c)
	}
}

// readCodec returns the codec of payload type pt with the given rtpmap value.
func readCodec(pt uint8, rtpmap string, known []Codec) (Codec, bool) {
	if c, ok := parseRTPMap(rtpmap); ok {
		c.PayloadType = pt
		return c, true
	}
	for _, c := range known {
		if c.PayloadType == pt {
			return c, true
		}
	}
	return staticCodec(pt)
}

// parseRTPMap reads <name>/<clock>[/<channels>] (RFC 8866 §6.6).
func parseRTPMap(value string) (Codec, bool) {
	parts := strings.SplitN(value, "/", 4)
	if len(parts) < 2 {
		return Codec{}, false
	}
	name := canonicalName(strings.TrimSpace(parts[0]))
	clock, err := strconv.ParseUint(strings.TrimSpace(parts[1]), 10, 31)
	if name == "" || err != nil || clock == 0 {
		return Codec{}, false
	}
	c := Codec{Name: name, Clock: int(clock)}
	if len(parts) > 2 {
		channels, err := strconv.ParseUint(strings.TrimSpace(parts[2]), 10, 8)
		if err == nil {
			c.Channels = int(channels)
		}
	}
	if c.Name == NameG722 && c.Clock == 16000 {
		c.Clock, c.Said = 8000, c.Clock // a common mistake, see RFC 3551 §4.5.2
	}
	return c, true
}

func parsePayloadType(text string) (uint8, bool) {
	pt, err := strconv.ParseUint(text, 10, 7)
	return uint8(pt), err == nil
}

// eventFor returns the telephone-event that goes with a voice codec: the one
// at its clock (RFC 4733 §2.1), else the one at 8000, which browsers and
// phones use with Opus too, else one at the clock that is said by mistake.
func eventFor(voice Codec, events []Codec) Codec {
	for _, clock := range [3]int{voice.Clock, 8000, voice.Said} {
		for _, e := range events {
			if e.Clock == clock {
				return e
			}
		}
	}
	return Codec{}
}
