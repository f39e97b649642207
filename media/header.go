package media

import "encoding/binary"

// headerSize is the fixed RTP header, the only one we write:
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|V=2|P|X|  CC   |M|     PT      |       sequence number         |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                           timestamp                           |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|           synchronization source (SSRC) identifier            |
//	+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//	RFC 3550 §5.1
const headerSize = 12

// header is what an RTP packet says of itself.
type header struct {
	seq    uint16
	pt     uint8
	marker bool
	ts     uint32
	ssrc   uint32
	// extended says that a header extension stands behind it in what is written; of what
	// is read it is not told.
	extended bool
}

// parseHeader reads the header of an RTP packet and returns where its payload
// begins and ends: behind contributing sources and header extension, before
// the padding (RFC 3550 §5.1, §5.3.1). ok is false when the packet is
// malformed. begin is never less than headerSize, so that a plain header fits
// in front of the payload.
func parseHeader(b []byte) (h header, begin, end int, ok bool) {
	if len(b) < headerSize || b[0]>>6 != 2 {
		return h, 0, 0, false
	}
	h.marker, h.pt = b[1]&0x80 != 0, b[1]&0x7f
	h.seq = binary.BigEndian.Uint16(b[2:])
	h.ts = binary.BigEndian.Uint32(b[4:])
	h.ssrc = binary.BigEndian.Uint32(b[8:])
	begin, end = headerSize+4*int(b[0]&0x0f), len(b)
	if b[0]&0x10 != 0 {
		if begin+4 > end {
			return h, 0, 0, false
		}
		begin += 4 + 4*int(binary.BigEndian.Uint16(b[begin+2:]))
	}
	if begin > end {
		return h, 0, 0, false
	}
	if b[0]&0x20 != 0 {
		if begin == end {
			return h, 0, 0, false
		}
		padding := int(b[end-1])
		if padding == 0 || begin+padding > end {
			return h, 0, 0, false
		}
		end -= padding
	}
	return h, begin, end, true
}

// size is how many octets h takes with its extension.
func (h *header) size() int {
	if h.extended {
		return headerSize + extendedBy
	}
	return headerSize
}

// put writes h as a plain header into the first octets of b.
func (h header) put(b []byte) {
	_ = b[headerSize-1]
	b[0], b[1] = 2<<6, h.pt
	if h.extended {
		b[0] |= 0x10
	}
	if h.marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], h.seq)
	binary.BigEndian.PutUint32(b[4:], h.ts)
	binary.BigEndian.PutUint32(b[8:], h.ssrc)
}
