package media

import "encoding/binary"

// How a camera is held is said in a header extension of one octet, by whoever shows, and
// whoever sees turns the picture (3GPP TS 26.114 §7.4.5):
//
//	 0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+
//	|0 0 0 0|C|F|R R|   back camera, flipped, quarter turns
//	+-+-+-+-+-+-+-+-+
//
// It stands in the last packet of a whole picture, and where it changes. It goes from one
// leg to the other with the number that each of them has for it; all other elements stay
// behind (RFC 8285 §4.1.2: who does not know one ignores it).

// orientationBits are those that have a meaning.
const orientationBits = 0x0f

// Header extensions (RFC 8285 §4.2, §4.3): what they begin with, and the numbers of
// elements in the short form that stand for none.
const (
	shortForm  = 0xbede
	longForm   = 0x1000
	formMask   = 0xfff0 // of longForm: the rest is for applications
	padding    = 0
	shortStop  = 15
	shortMost  = 14
	extendedBy = 8 // octets of an extension with one element of one octet
)

// element returns the first octet of an element of a packet's header extension; ok is
// false where there is none.
func element(b []byte, number uint8) (value byte, ok bool) {
	if len(b) < headerSize || b[0]&0x10 == 0 {
		return 0, false
	}
	at := headerSize + 4*int(b[0]&0x0f)
	if at+4 > len(b) {
		return 0, false
	}
	form, size := binary.BigEndian.Uint16(b[at:]), 4*int(binary.BigEndian.Uint16(b[at+2:]))
	b = b[at+4:]
	if size > len(b) {
		return 0, false
	}
	b = b[:size]
	short := form == shortForm
	if !short && form&formMask != longForm {
		return 0, false
	}
	for len(b) > 1 {
		n, length, head := b[0], int(b[1]), 2
		if short {
			n, length, head = b[0]>>4, int(b[0]&0x0f)+1, 1
		}
		switch {
		case b[0] == padding:
			b = b[1:]
			continue
		case short && n == shortStop || head+length > len(b):
			return 0, false
		case n == number:
			return b[min(head, len(b)-1)], length > 0
		}
		b = b[head+length:]
	}
	return 0, false
}

// putElement writes a header extension with one element of one octet into the first
// extendedBy octets of b.
func putElement(b []byte, number uint8, value byte) {
	_ = b[extendedBy-1]
	if number <= shortMost {
		binary.BigEndian.PutUint16(b, shortForm)
		b[4], b[5], b[6] = number<<4, value, padding
	} else {
		binary.BigEndian.PutUint16(b, longForm)
		b[4], b[5], b[6] = number, 1, value
	}
	binary.BigEndian.PutUint16(b[2:], 1)
	b[7] = padding
}

// turn moves how the picture is to be turned in front of the payload of a packet b that
// came from v, where both know of it, and returns where the header goes before it. What
// stood there is never shorter: it had the element.
func (r *videoRoute) turn(t *videoTerms, h *header, b []byte, p payload) int {
	if t.orientation != 0 && r.terms.orientation != 0 {
		if value, ok := element(b, t.orientation); ok {
			putElement(b[p.begin-extendedBy:p.begin], r.terms.orientation, value&orientationBits)
			h.extended = true
			return p.begin - extendedBy - headerSize
		}
	}
	return p.begin - headerSize
}
