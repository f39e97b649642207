package flow

import (
	"encoding/binary"
	"net/netip"
)

// STUN keep-alives (RFC 5626 §4.4.2, RFC 8489 §5):
//
//	0                   1                   2                   3
//	|0 0|  type 0x0001 (14 bits)  |  length without the 20 header octets |
//	|                     magic cookie 0x2112A442                        |
//	|                     transaction identifier, 96 bits                |
const (
	stunHeader  = 20
	stunRequest = 0x0001
	stunSuccess = 0x0101
	stunCookie  = 0x2112A442
	// stunLongest bounds a request that is answered; keep-alives have few
	// attributes.
	stunLongest = 128
)

// isSTUN reports whether b is STUN rather than SIP (RFC 5626 §8): no SIP message
// begins with two zero bits.
func isSTUN(b []byte) bool {
	return len(b) >= stunHeader && b[0] < 2 && binary.BigEndian.Uint32(b[4:]) == stunCookie
}

// answerSTUN returns the success response to a well-formed binding request, with
// nothing but XOR-MAPPED-ADDRESS: 32 octets (IPv6: 44) for 20 or more. Other
// STUN gets nil.
func answerSTUN(b []byte, from netip.AddrPort) []byte {
	length := int(binary.BigEndian.Uint16(b[2:]))
	if binary.BigEndian.Uint16(b) != stunRequest || len(b) > stunLongest || length != len(b)-stunHeader || length%4 != 0 {
		return nil
	}
	addr := from.Addr().AsSlice()
	family := byte(1)
	if from.Addr().Is6() {
		family = 2
	}
	out := make([]byte, 0, stunHeader+8+len(addr))
	out = binary.BigEndian.AppendUint16(out, stunSuccess)
	out = binary.BigEndian.AppendUint16(out, uint16(8+len(addr)))
	out = append(out, b[4:stunHeader]...)          // cookie and transaction identifier
	out = binary.BigEndian.AppendUint16(out, 0x20) // XOR-MAPPED-ADDRESS
	out = binary.BigEndian.AppendUint16(out, uint16(4+len(addr)))
	out = append(out, 0, family)
	out = binary.BigEndian.AppendUint16(out, from.Port()^(stunCookie>>16))
	for i, c := range addr {
		out = append(out, c^b[4+i])
	}
	return out
}
