package hep

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
)

// Protocol is what a packet holds.
type Protocol uint8

// What packets hold.
const (
	SIP  Protocol = 1
	RTCP Protocol = 5 // as JSON
)

// The types of chunks (HEP3 §3), all of the vendor 0.
const (
	chunkFamily      = 0x0001
	chunkTransport   = 0x0002
	chunkSource4     = 0x0003
	chunkTarget4     = 0x0004
	chunkSource6     = 0x0005
	chunkTarget6     = 0x0006
	chunkSourcePort  = 0x0007
	chunkTargetPort  = 0x0008
	chunkSeconds     = 0x0009
	chunkMicros      = 0x000a
	chunkProtocol    = 0x000b
	chunkAgent       = 0x000c
	chunkPassword    = 0x000e
	chunkPayload     = 0x000f
	chunkCorrelation = 0x0011
	chunkName        = 0x0013
)

// The numbers of address families and transports. TLS has none of its own in the
// table of IP protocols; 22 is what Kamailio and OpenSIPS write, and collectors show.
const (
	familyIPv4   = 2
	familyIPv6   = 10
	transportTCP = 6
	transportUDP = 17
	transportTLS = 22
)

const (
	headerLength = 6
	chunkHeader  = 6
	// maxLength is what the length of a packet can say, maxDatagram what a datagram
	// over IPv4 can hold.
	maxLength   = 0xffff
	maxDatagram = 65507
)

// packet is one packet of HEP.
type packet struct {
	At          time.Time
	Protocol    Protocol
	Transport   flow.Kind
	From, To    netip.AddrPort
	Agent       uint32
	Password    string
	Name        string
	Correlation string
	Payload     []byte
}

// append encodes the packet in at most limit octets, and says whether the payload had
// to be cut for that.
//
//	"HEP3" | length | chunk...      chunk: vendor | type | length | octets
func (p *packet) append(b []byte, limit int) (out []byte, cut bool) {
	start := len(b)
	b = append(b, "HEP3\x00\x00"...)
	from, to := p.From.Addr().Unmap(), p.To.Addr().Unmap()
	if from.Is4() && to.Is4() {
		b = append8(b, chunkFamily, familyIPv4)
		b = append8(b, chunkTransport, transportOf(p.Transport))
		b = appendChunk(b, chunkSource4, from.AsSlice())
		b = appendChunk(b, chunkTarget4, to.AsSlice())
	} else {
		six, other := from.As16(), to.As16()
		b = append8(b, chunkFamily, familyIPv6)
		b = append8(b, chunkTransport, transportOf(p.Transport))
		b = appendChunk(b, chunkSource6, six[:])
		b = appendChunk(b, chunkTarget6, other[:])
	}
	b = append16(b, chunkSourcePort, p.From.Port())
	b = append16(b, chunkTargetPort, p.To.Port())
	b = append32(b, chunkSeconds, uint32(p.At.Unix()))
	b = append32(b, chunkMicros, uint32(p.At.Nanosecond()/1000))
	b = append8(b, chunkProtocol, uint8(p.Protocol))
	b = append32(b, chunkAgent, p.Agent)
	for _, text := range []struct {
		kind uint16
		text string
	}{{chunkPassword, p.Password}, {chunkCorrelation, p.Correlation}, {chunkName, p.Name}} {
		if text.text != "" {
			b = appendChunk(b, text.kind, []byte(text.text[:min(len(text.text), maxText)]))
		}
	}
	payload := p.Payload
	if room := limit - (len(b) - start) - chunkHeader; len(payload) > room {
		payload, cut = payload[:max(0, room)], true
	}
	b = appendChunk(b, chunkPayload, payload)
	binary.BigEndian.PutUint16(b[start+4:], uint16(len(b)-start))
	return b, cut
}

// maxText bounds names, passwords and correlation identifiers, in octets.
const maxText = 255

func appendHeader(b []byte, kind uint16, length int) []byte {
	b = append(b, 0, 0)
	b = binary.BigEndian.AppendUint16(b, kind)
	return binary.BigEndian.AppendUint16(b, uint16(chunkHeader+length))
}

func appendChunk(b []byte, kind uint16, octets []byte) []byte {
	return append(appendHeader(b, kind, len(octets)), octets...)
}

func append8(b []byte, kind uint16, n uint8) []byte { return append(appendHeader(b, kind, 1), n) }

func append16(b []byte, kind, n uint16) []byte {
	return binary.BigEndian.AppendUint16(appendHeader(b, kind, 2), n)
}

func append32(b []byte, kind uint16, n uint32) []byte {
	return binary.BigEndian.AppendUint32(appendHeader(b, kind, 4), n)
}

// transportOf is the number of a transport.
func transportOf(k flow.Kind) uint8 {
	switch k {
	case flow.UDP:
		return transportUDP
	case flow.TLS, flow.WSS:
		return transportTLS
	}
	return transportTCP
}
