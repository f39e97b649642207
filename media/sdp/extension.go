package sdp

import (
	"strconv"
	"strings"
)

// The header extensions that are agreed to (RFC 8285). Any other, such as mid, audio
// levels or transport-wide sequence numbers, is refused by saying nothing of it.
const (
	// streamIDExtension says of which encoding a packet is (RFC 8852 §4.1).
	streamIDExtension = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
	// orientationExtension says how a picture is to be turned before it is shown (3GPP
	// TS 26.114 §7.4.5).
	orientationExtension = "urn:3gpp:video-orientation"
)

// Numbers of header extensions (RFC 8285 §4.2, §4.3): 0 is padding, 15 has a meaning
// of its own in the short form. Ours are of the short form, and begin with what
// browsers give the orientation.
const (
	shortest, longest = 1, 255
	reservedExtension = 15
	firstExtension    = 3
)

// extensions are the numbers that the lines of a description give header extensions,
// each for the same in all lines of a bundle (RFC 9143 §7.1.2, RFC 8285 §5).
type extensions [4]uint64

func (e *extensions) add(n uint8)      { e[n/64] |= 1 << (n % 64) }
func (e *extensions) has(n uint8) bool { return e[n/64]>>(n%64)&1 != 0 }

// free returns a number of the short form that nobody has used; 0 for none.
func (e *extensions) free() uint8 {
	for i := range uint8(reservedExtension - shortest) {
		if n := (firstExtension-shortest+i)%(reservedExtension-shortest) + shortest; !e.has(n) {
			return n
		}
	}
	return 0
}

func (e extensions) and(o extensions) extensions {
	for i := range e {
		e[i] |= o[i]
	}
	return e
}

// with returns e and all that a description has.
func (e extensions) with(d *layout) extensions {
	add := func(lines []Line) {
		for name, value := range attributes(lines) {
			if name == "extmap" {
				if x, ok := parseExtension(value); ok {
					e.add(x.number)
				}
			}
		}
	}
	add(d.Lines)
	for i := range d.Media {
		add(d.Media[i].Lines)
	}
	return e
}

// extension is one value of a=extmap (RFC 8285 §5).
type extension struct {
	number    uint8
	direction Direction
	uri       string
}

func parseExtension(value string) (extension, bool) {
	fields := strings.Fields(value)
	if len(fields) < 2 {
		return extension{}, false
	}
	number, direction, restricted := strings.Cut(fields[0], "/")
	n, err := strconv.ParseUint(number, 10, 8)
	if err != nil || n < shortest || n > longest || n == reservedExtension {
		return extension{}, false
	}
	x := extension{number: uint8(n), direction: SendRecv, uri: fields[1]}
	if restricted {
		var ok bool
		if x.direction, ok = parseDirection(strings.ToLower(direction)); !ok {
			return extension{}, false
		}
	}
	return x, true
}

// readExtension returns the number of a header extension that is offered both ways, for
// a line or for all of them; 0 where it is not.
func readExtension(uri string, levels ...[]Line) uint8 {
	for _, lines := range levels {
		for name, value := range attributes(lines) {
			if name != "extmap" {
				continue
			}
			if x, ok := parseExtension(value); ok && x.uri == uri && x.direction == SendRecv {
				return x.number
			}
		}
	}
	return 0
}

// readStreamID returns the number that a line gives streamIDExtension; 0 where it gives
// none. Simulcast is refused by saying nothing of it, but not this: Chromium goes on to
// offer simulcast in each description that follows, or may begin to in another line of
// the bundle, and can make none of them once the extension has been refused in any.
func readStreamID(lines []Line) uint8 { return readExtension(streamIDExtension, lines) }

// said is what our last description said of a line; nil where it had none.
func (st *state) said(kind string, number int) *liveLine {
	for i := range st.lines {
		if l := &st.lines[i]; l.local.Kind == kind && l.local.Number == number {
			return l
		}
	}
	return nil
}

// offerExtensions gives a line of ours the numbers of its header extensions: those that
// they have already, since a number never comes to mean something else.
func (out *outgoing) offerExtensions(line *liveLine, base *state) {
	if before := base.said(line.local.Kind, line.local.Number); before != nil {
		line.streamID = before.streamID
	}
	if line.local.Orientation {
		if out.orientation == 0 {
			used := base.extensions
			used.add(line.streamID)
			out.orientation = used.free()
		}
		line.orientation = out.orientation
	}
	if line.streamID == 0 && out.profile == WebRTC && line.local.Kind == KindVideo { // see readStreamID
		line.streamID = out.streamIDOf(base)
	}
}

// streamIDOf is the number of streamIDExtension in a line that has none yet: that of the
// others of the bundle.
func (out *outgoing) streamIDOf(base *state) uint8 {
	for _, lines := range [][]liveLine{base.lines, out.lines} {
		for i := range lines {
			if n := lines[i].streamID; n != 0 {
				return n
			}
		}
	}
	used := base.extensions
	used.add(firstExtension) // of the orientation
	used.add(out.orientation)
	return used.free()
}

// writeExtensions writes the a=extmap of a line.
func (l *liveLine) writeExtensions(w *writer, web bool) {
	if web && l.streamID != 0 {
		w.attribute("extmap", strconv.Itoa(int(l.streamID))+" "+streamIDExtension)
	}
	if l.orientation != 0 {
		w.attribute("extmap", strconv.Itoa(int(l.orientation))+" "+orientationExtension)
	}
}
