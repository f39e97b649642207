package trace

import (
	"encoding/binary"
	"net/netip"
)

// Protocols above IP.
const (
	protocolTCP = 6
	protocolUDP = 17
)

// Flags of TCP (RFC 9293 §3.1).
const (
	tcpSYN = 0x02
	tcpPSH = 0x08
	tcpACK = 0x10
)

// udpHeader is the header of a datagram (RFC 768), without its checksum.
func udpHeader(from, to uint16, size int) []byte {
	b := binary.BigEndian.AppendUint16(nil, from)
	b = binary.BigEndian.AppendUint16(b, to)
	b = binary.BigEndian.AppendUint16(b, uint16(min(8+size, 0xffff)))
	return append(b, 0, 0)
}

// tcpHeader is the header of a segment (RFC 9293 §3.1), without its checksum.
func tcpHeader(from, to uint16, seq, ack uint32, flags byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, from)
	b = binary.BigEndian.AppendUint16(b, to)
	b = binary.BigEndian.AppendUint32(b, seq)
	b = binary.BigEndian.AppendUint32(b, ack)
	return append(b, 5<<4, flags, 0xff, 0xff, 0, 0, 0, 0)
}

// ethernet is a whole frame: Ethernet, IP of either version, the header of UDP or TCP
// and its payload. Addresses of different versions are written as IPv6.
func ethernet(from, to netip.Addr, id uint16, protocol byte, header, payload []byte) []byte {
	kind := []byte{0x08, 0x00}
	four := from.Is4() && to.Is4()
	if !four {
		a, b := from.As16(), to.As16()
		from, to = netip.AddrFrom16(a), netip.AddrFrom16(b)
		kind = []byte{0x86, 0xdd}
	}
	size := len(header) + len(payload)
	b := append(make([]byte, 12, 14+40+size), kind...)
	if four {
		b = append(b, ipv4(from, to, id, protocol, size)...)
	} else {
		b = append(b, ipv6(from, to, protocol, size)...)
	}
	at := 6 // of the checksum in UDP
	if protocol == protocolTCP {
		at = 16
	}
	sum := pseudoSum(from, to, protocol, size)
	sum = addOctets(sum, header) // of even length
	check := ^fold(addOctets(sum, payload))
	if check == 0 && protocol == protocolUDP {
		check = 0xffff // 0 says that there is none (RFC 768)
	}
	binary.BigEndian.PutUint16(header[at:], check)
	return append(append(b, header...), payload...)
}

// ipv4 is a header of RFC 791 §3.1.
func ipv4(from, to netip.Addr, id uint16, protocol byte, size int) []byte {
	b := []byte{0x45, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(min(20+size, 0xffff)))
	b = binary.BigEndian.AppendUint16(b, id)
	b = append(b, 0, 0, 64, protocol, 0, 0)
	b = append(append(b, from.AsSlice()...), to.AsSlice()...)
	binary.BigEndian.PutUint16(b[10:], ^fold(addOctets(0, b)))
	return b
}

// ipv6 is a header of RFC 8200 §3.
func ipv6(from, to netip.Addr, protocol byte, size int) []byte {
	b := []byte{0x60, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(min(size, 0xffff)))
	b = append(b, protocol, 64)
	return append(append(b, from.AsSlice()...), to.AsSlice()...)
}

// pseudoSum is the sum of what UDP and TCP sum up beside themselves (RFC 9293 §3.1,
// RFC 8200 §8.1).
func pseudoSum(from, to netip.Addr, protocol byte, size int) uint32 {
	sum := addOctets(addOctets(0, from.AsSlice()), to.AsSlice())
	return sum + uint32(protocol) + uint32(size&0xffff) + uint32(size>>16)
}

// addOctets adds 16 bits at a time (RFC 1071); an odd octet at the end is a high one.
// What it is given is shorter than 128 KiB, so that the sum does not run over.
func addOctets(sum uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum>>16 + sum&0xffff
}

func fold(sum uint32) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}
