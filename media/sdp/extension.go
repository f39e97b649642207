package sdp

import (
	"strconv"
	"strings"
)

// streamIDExtension is the header extension that says of which encoding a packet is
// (RFC 8852 §4.1).
const streamIDExtension = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"

// readStreamID returns the number (RFC 8285 §5) that a line gives streamIDExtension both
// ways; 0 where it gives none, or restricts no encoding (RFC 8851 §5).
//
// No header extension is agreed to but this one, where it is needed: simulcast is refused
// by saying nothing of it, and Chromium, which goes on to offer it in each description
// that follows, can make none of them once the extension has been refused too.
func readStreamID(lines []Line) uint8 {
	if _, restricts := attribute(lines, "rid"); !restricts {
		return 0
	}
	for name, value := range attributes(lines) {
		if name != "extmap" {
			continue
		}
		number, rest, _ := strings.Cut(value, " ")
		uri, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if id, err := strconv.ParseUint(number, 10, 8); err == nil && uri == streamIDExtension {
			return uint8(id)
		}
	}
	return 0
}

// streamID is what our last description said of streamIDExtension in a line.
func (st *state) streamID(kind string, number int) uint8 {
	for i := range st.lines {
		if l := &st.lines[i]; l.local.Kind == kind && l.local.Number == number {
			return l.streamID
		}
	}
	return 0
}
