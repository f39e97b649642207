package transport

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"net/netip"
)

const (
	stunIntegrity   = 4 + sha1.Size // octets of the attribute MESSAGE-INTEGRITY
	stunFingerprint = 4 + 4
	fingerprintMask = 0x5354554e // RFC 8489 §14.7
	// maxSTUN is the longest message of ours: a request with the longest user name that
	// ICE has, two fragments of 256 octets (RFC 8839 §5.4).
	maxSTUN = stunHeader + 4 + 516 + 4 + 8 + 4 + 4 + 4 + stunIntegrity + stunFingerprint
)

// stunKey signs and verifies with one short-term password (RFC 8489 §9.1), and
// allocates nothing once it is made. It is used by one goroutine at a time.
type stunKey struct {
	mac  hash.Hash
	head [stunHeader]byte
	sum  [sha1.Size]byte
}

func newSTUNKey(password string) *stunKey {
	return &stunKey{mac: hmac.New(sha1.New, []byte(password))}
}

// of returns the value of MESSAGE-INTEGRITY that begins at octet at of b: the length in
// the header counts it, and nothing behind it (RFC 8489 §14.5). It is the key's.
func (k *stunKey) of(b []byte, at int) []byte {
	copy(k.head[:], b)
	binary.BigEndian.PutUint16(k.head[2:], uint16(at+stunIntegrity-stunHeader))
	k.mac.Reset()
	k.mac.Write(k.head[:])
	k.mac.Write(b[stunHeader:at])
	return k.mac.Sum(k.sum[:0])
}

// verify checks the MESSAGE-INTEGRITY of b that p was seen in.
func (k *stunKey) verify(b []byte, p stunPeek) bool {
	end := p.seal + stunIntegrity
	return p.signed && end <= len(b) && hmac.Equal(k.of(b, p.seal), b[p.seal+4:end])
}

// success writes the success response to the request id that came from a into room:
// XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY and FINGERPRINT (RFC 8445 §7.3).
func (k *stunKey) success(room *[maxSTUN]byte, id transactionID, a netip.AddrPort) []byte {
	return k.sealed(appendMapped(appendHeader(room[:0], bindingSuccess, id), a))
}

// request writes a check of ours (RFC 8445 §7.2.2), to the user fragment of the far end,
// whose key it is.
func (k *stunKey) request(room *[maxSTUN]byte, id transactionID, to, from string, as checkAs) []byte {
	b := appendHeader(room[:0], bindingRequest, id)
	b = binary.BigEndian.AppendUint32(b, attrUsername<<16|uint32(len(to)+1+len(from)))
	b = append(append(append(b, to...), ':'), from...)
	b = append(b, "\x00\x00\x00"[:-len(b)&3]...)
	b = binary.BigEndian.AppendUint32(b, uint32(as.role)<<16|8)
	b = binary.BigEndian.AppendUint64(b, as.tie)
	b = binary.BigEndian.AppendUint32(b, attrPriority<<16|4)
	b = binary.BigEndian.AppendUint32(b, as.priority)
	if as.nominates {
		b = binary.BigEndian.AppendUint32(b, attrUseCandidate<<16)
	}
	return k.sealed(b)
}

// appendHeader begins a message whose length is not known yet (RFC 8489 §5).
func appendHeader(b []byte, kind stunType, id transactionID) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(kind))
	b = binary.BigEndian.AppendUint32(append(b, 0, 0), stunMagic)
	return append(b, id[:]...)
}

// sealed adds MESSAGE-INTEGRITY and FINGERPRINT (RFC 8489 §14.5, §14.7) to a message and
// writes its length.
func (k *stunKey) sealed(b []byte) []byte {
	at := len(b)
	b = binary.BigEndian.AppendUint32(b, attrIntegrity<<16|sha1.Size)
	b = append(b, k.of(b, at)...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)+stunFingerprint-stunHeader))
	sum := crc32.ChecksumIEEE(b) ^ fingerprintMask
	b = binary.BigEndian.AppendUint32(b, attrFingerprint<<16|4)
	return binary.BigEndian.AppendUint32(b, sum)
}

// appendMapped adds XOR-MAPPED-ADDRESS (RFC 8489 §14.2) to a message that so far is
// its header.
func appendMapped(b []byte, a netip.AddrPort) []byte {
	mask := b[4:stunHeader] // the magic cookie, and the transaction behind it
	port := a.Port() ^ uint16(stunMagic>>16)
	if addr := a.Addr().Unmap(); addr.Is4() {
		ip := addr.As4()
		b = append(b, attrMapped>>8, attrMapped&0xff, 0, 8, 0, 1, byte(port>>8), byte(port))
		return appendMasked(b, ip[:], mask)
	}
	ip := a.Addr().As16()
	b = append(b, attrMapped>>8, attrMapped&0xff, 0, 20, 0, 2, byte(port>>8), byte(port))
	return appendMasked(b, ip[:], mask)
}

func appendMasked(b, ip, mask []byte) []byte {
	for i, o := range ip {
		b = append(b, o^mask[i])
	}
	return b
}
