package transport

import "encoding/binary"

// kind is what a datagram on a shared port is, by its first octets.
type kind uint8

const (
	kindOther kind = iota
	kindSTUN
	kindDTLS
	kindRTP
	kindRTCP
)

// classify tells the protocols on one port apart (RFC 7983 §7) and RTCP from
// RTP by the packet type (RFC 5761 §4). It looks at no more than it needs; a
// packet it has named may still be malformed.
//
//	 0..3    STUN
//	20..63   DTLS
//	128..191 RTP, and RTCP where the second octet is 192..223
func classify(b []byte) kind {
	if len(b) < 2 {
		return kindOther
	}
	switch first := b[0]; {
	case first <= 3:
		return kindSTUN
	case first >= 20 && first <= 63:
		return kindDTLS
	case first >= 128 && first <= 191:
		if b[1] >= 192 && b[1] <= 223 {
			return kindRTCP
		}
		return kindRTP
	default:
		return kindOther
	}
}

// rtpHeader is what the latch needs of an RTP header.
type rtpHeader struct {
	payloadType uint8
	sequence    uint16
	ssrc        uint32
}

// parseRTP reads the fixed header (RFC 3550 §5.1). It is true only if the
// header, with its sources and its extension, ends within b.
func parseRTP(b []byte) (rtpHeader, bool) {
	if len(b) < 12 || b[0]>>6 != 2 {
		return rtpHeader{}, false
	}
	end := 12 + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 {
		if len(b) < end+4 {
			return rtpHeader{}, false
		}
		end += 4 + 4*int(binary.BigEndian.Uint16(b[end+2:]))
	}
	if len(b) < end {
		return rtpHeader{}, false
	}
	return rtpHeader{
		payloadType: b[1] & 0x7f,
		sequence:    binary.BigEndian.Uint16(b[2:]),
		ssrc:        binary.BigEndian.Uint32(b[8:]),
	}, true
}

// parseRTCP reads the first header of a compound packet and the SSRC of its
// sender (RFC 3550 §6.4). The first packet must end within b.
func parseRTCP(b []byte) (ssrc uint32, ok bool) {
	if len(b) < 8 || b[0]>>6 != 2 || b[1] < 192 || b[1] > 223 {
		return 0, false
	}
	if len(b) < 4+4*int(binary.BigEndian.Uint16(b[2:])) {
		return 0, false
	}
	return binary.BigEndian.Uint32(b[4:]), true
}
