package sdp

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// maxAttributes bounds what is kept of the attributes of an image line.
const maxAttributes = 32

// readLines returns the lines beside the audio main that can be used, and marks
// the slots that they are. before are the slots of the agreement before, whose
// lines keep their numbers; new ones get what is free, in their order.
func readLines(d *layout, main *Remote, before, slots []slot) []RemoteLine {
	var found []RemoteLine
	for i := range d.Media {
		kind := strings.ToLower(d.Media[i].Kind)
		if i == main.Index || !d.active(i) || most(kind) == 0 {
			continue
		}
		line, ok := readLine(d, i, main, nil)
		if !ok {
			continue
		}
		if i < len(before) && strings.EqualFold(before[i].kind, kind) {
			slots[i].line = before[i].line
		}
		found = append(found, line)
	}
	numbered := found[:0]
	for _, l := range found {
		if slots[l.Index].take(l.Kind, slots) {
			l.Number = slots[l.Index].line - 1
			numbered = append(numbered, l)
		}
	}
	return numbered
}

// take gives a slot the lowest number of its kind that is free, unless it has one.
// It reports whether the slot has a number then.
func (s *slot) take(kind string, slots []slot) bool {
	for n := 1; n <= most(kind) && s.line == 0; n++ {
		taken := func(o slot) bool { return o.line == n && strings.EqualFold(o.kind, kind) }
		if !slices.ContainsFunc(slots, taken) {
			s.line = n
		}
	}
	return s.line != 0
}

// readLine returns what d says about m-line number i. known are the formats of our
// offer in an answer.
func readLine(d *layout, i int, main *Remote, known []Codec) (RemoteLine, bool) {
	m := &d.Media[i]
	l := RemoteLine{Kind: strings.ToLower(m.Kind), Index: i, MID: d.mids[i], Proto: m.Proto}
	levels := d.levels(i)
	for _, lines := range levels[:2] {
		if dir, said := direction(lines); said {
			l.Direction = dir
			break
		}
	}
	l.RTCPMux = has(levels, "rtcp-mux")
	if content, ok := attribute(m.Lines, "content"); ok && isToken(content) {
		l.Content = content
	}
	if l.Kind == KindImage {
		l.readImage(m)
	} else {
		l.readVideo(m, known)
		l.Orientation = readExtension(orientationExtension, levels[:2]...)
	}
	if main.Profile == WebRTC {
		l.Held = !l.Direction.Receives()
		bundled := main.Index >= 0 && d.tags[i] >= 0 && d.tags[i] == d.tags[main.Index]
		return l, l.Kind == KindVideo && bundled && len(l.Codecs) > 0
	}
	return l, l.readAddress(connectionOf(levels), m) && (l.Kind == KindImage && classifyProto(m.Proto) == transportUnknown ||
		l.Kind == KindVideo && len(l.Codecs) > 0 && classifyProto(m.Proto) == classifyProto(main.Proto) && l.readSecurity(m, levels))
}

// readSecurity takes what a plain line says of encryption, and false where it wants
// some that is not served.
func (l *RemoteLine) readSecurity(m *Media, levels [][]Line) bool {
	if l.Fingerprints = readFingerprints(levels); len(l.Fingerprints) > 0 {
		l.Setup = readSetup(levels)
	}
	var err error
	l.secured, err = readSecurity(m, levels, len(l.Fingerprints) > 0)
	return err == nil
}

// readVideo takes the formats of a video line.
func (l *RemoteLine) readVideo(m *Media, known []Codec) {
	feedback := readFeedback(m.Lines)
	all := readFormats(m, known).voice
	for _, c := range all {
		if c.IsVideo() && len(l.Codecs) < maxVideoCodecs {
			c.Channels = 0
			c.Feedback = feedback[c.PayloadType]
			l.Codecs = append(l.Codecs, c)
		}
	}
	for _, c := range all {
		if c.Name != nameRTX {
			continue
		}
		apt, ok := parsePayloadType(parameter(c.Params, "apt"))
		for i := range l.Codecs {
			if ok && l.Codecs[i].PayloadType == apt && l.Codecs[i].RTX == 0 {
				l.Codecs[i].RTX = c.PayloadType
			}
		}
	}
	l.Bandwidth = readBandwidth(m.Lines).payload(1)
	l.SSRCs = readSSRCs(m)
	l.streamID = readStreamID(m.Lines)
	l.RTXSSRCs = readRetransmitters(m)
}

// maxVideoCodecs bounds the formats of a video line.
const maxVideoCodecs = 24

// readRetransmitters returns the second sources of a=ssrc-group:FID (RFC 5576 §4.2).
func readRetransmitters(m *Media) []uint32 {
	var found []uint32
	for name, value := range attributes(m.Lines) {
		fields := strings.Fields(value)
		if name != "ssrc-group" || len(fields) != 3 || fields[0] != "FID" || len(found) == maxSSRCs {
			continue
		}
		if ssrc, err := strconv.ParseUint(fields[2], 10, 32); err == nil {
			found = append(found, uint32(ssrc))
		}
	}
	return found
}

// readImage takes the formats and attributes of an image line.
func (l *RemoteLine) readImage(m *Media) {
	l.Formats = m.Formats[:min(len(m.Formats), 4)]
	for _, line := range m.Lines {
		if line.Type == 'a' && len(l.Attributes) < maxAttributes {
			l.Attributes = append(l.Attributes, line.Value)
		}
	}
}

// readAddress finds where a plain line is received.
func (l *RemoteLine) readAddress(c connection, m *Media) bool {
	switch {
	case c.said && c.addr.IsUnspecified():
		l.Direction = l.Direction.Intersect(SendOnly)
	case !canSendTo(c.addr) || m.Port == 0:
		return false
	default:
		l.RTP = netip.AddrPortFrom(c.addr, m.Port)
		l.RTCP = rtcpAddr(m.Lines, l.RTP)
		if l.RTCPMux {
			l.RTCP = l.RTP
		}
	}
	l.Held = !l.Direction.Receives()
	return true
}

// isToken reports whether text may stand as a value of our own.
func isToken(text string) bool {
	if text == "" || len(text) > 32 {
		return false
	}
	for _, b := range []byte(text) {
		if (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && (b < '0' || b > '9') && b != '-' && b != ',' {
			return false
		}
	}
	return true
}
