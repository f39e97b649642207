package transport

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
)

// stunType is the kind of a STUN message that ICE knows (RFC 8489 §5).
type stunType uint16

const (
	bindingRequest    stunType = 0x0001
	bindingIndication stunType = 0x0011
	bindingSuccess    stunType = 0x0101
	bindingError      stunType = 0x0111
)

const (
	stunHeader       = 20
	stunMagic        = 0x2112A442
	attrUsername     = 0x0006
	attrIntegrity    = 0x0008
	attrPriority     = 0x0024
	attrUseCandidate = 0x0025
	attrMapped       = 0x0020 // XOR-MAPPED-ADDRESS
	attrFingerprint  = 0x8028
	attrControlled   = 0x8029
	attrControlling  = 0x802A
	attrOptional     = 0x8000 // from here on who does not know one passes over it (RFC 8489 §14)
	maxSTUNUsername  = 513    // RFC 8489 §14.3
	maxAttributes    = 32     // a check has ten; a datagram of empty ones would cost as much as six of sound
	transactionStart = 8
)

// transactionID names a check of ours (RFC 8489 §5).
type transactionID [12]byte

// stunPeek is what can be seen of a STUN message without allocating.
type stunPeek struct {
	kind     stunType
	id       transactionID
	username []byte // within the packet, before MESSAGE-INTEGRITY; requests only
	signed   bool   // has MESSAGE-INTEGRITY
	seal     int    // where that begins, in octets from the first
	as       checkAs
	strange  bool // has an attribute before it that is neither of ICE nor optional
}

// checkAs is what a check says of its sender (RFC 8445 §7.1), before MESSAGE-INTEGRITY.
type checkAs struct {
	role     uint16 // attrControlled or attrControlling; 0 without
	tie      uint64 // its tie-breaker
	priority uint32
	// nominates adds USE-CANDIDATE (RFC 8445 §7.1.2) to a check of ours; it is not read.
	nominates bool
}

// peekSTUN reads the header and runs over the attributes of a message; it is
// false if they do not fit the datagram exactly, or are more than anybody needs.
func peekSTUN(b []byte) (stunPeek, bool) {
	if len(b) < stunHeader || len(b)%4 != 0 || binary.BigEndian.Uint32(b[4:]) != stunMagic ||
		int(binary.BigEndian.Uint16(b[2:])) != len(b)-stunHeader {
		return stunPeek{}, false
	}
	p := stunPeek{kind: stunType(binary.BigEndian.Uint16(b))}
	copy(p.id[:], b[transactionStart:stunHeader])
	for n, rest := 0, b[stunHeader:]; len(rest) > 0; n++ {
		at := len(b) - len(rest)
		if len(rest) < 4 || n == maxAttributes {
			return stunPeek{}, false
		}
		attr, size := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[2:]))
		padded := 4 + (size+3)&^3
		if padded > len(rest) {
			return stunPeek{}, false
		}
		p.note(attr, rest[4:4+size], at)
		rest = rest[padded:]
	}
	return p, true
}

// note takes one attribute, which begins at octet at.
func (p *stunPeek) note(attr uint16, value []byte, at int) {
	switch {
	case p.signed: // what follows MESSAGE-INTEGRITY anybody may have put there
	case attr == attrUsername && p.username == nil && len(value) <= maxSTUNUsername:
		p.username = value
	case attr == attrIntegrity && len(value) == sha1.Size:
		p.signed, p.seal = true, at
	case (attr == attrControlled || attr == attrControlling) && len(value) == 8:
		p.as.role, p.as.tie = attr, binary.BigEndian.Uint64(value)
	case attr == attrPriority && len(value) == 4:
		p.as.priority = binary.BigEndian.Uint32(value)
	case attr < attrOptional && attr != attrUseCandidate:
		p.strange = true
	}
}

// frags splits the user name of a check into the user fragment of the one it
// is sent to, us, and that of its sender (RFC 8445 §7.2.2).
func (p stunPeek) frags() (local, remote []byte, ok bool) {
	return bytes.Cut(p.username, []byte{':'})
}
