package transport

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
)

const (
	tagGCM      = 16
	headerRTCP  = 8       // what of RTCP is never encrypted
	indexRTCP   = 4       // the index and the flag before it
	flagRTCP    = 1 << 31 // E: encrypted
	highestRTCP = flagRTCP - 1
)

// gcm is AES-GCM (RFC 7714).
type gcm struct {
	aead  cipher.AEAD
	salt  [12]byte
	nonce [12]byte
}

// newGCM derives what is of RTP or of RTCP.
func newGCM(key, salt []byte, of byte) (*gcm, error) {
	session, err := derive(key, salt, of+labelKey, len(key))
	if err != nil {
		return nil, err
	}
	own, err := derive(key, salt, of+labelSalt, 12)
	if err != nil {
		return nil, err
	}
	return sessionGCM(session, own)
}

// sessionGCM is of keys that are derived already.
func sessionGCM(key, salt []byte) (*gcm, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make AES-GCM: %w", err)
	}
	g := &gcm{}
	copy(g.salt[:], salt)
	if g.aead, err = cipher.NewGCM(block); err != nil {
		return nil, fmt.Errorf("make AES-GCM: %w", err)
	}
	return g, nil
}

func (g *gcm) overhead() int { return tagGCM }
func (g *gcm) behind() int   { return 0 }

// vary makes the nonce of a packet over the salt: 0, SSRC, rollover counter and
// sequence number of RTP (RFC 7714 §8.1), or 0, SSRC, 0 and index of RTCP (§9.1),
// which come to lie alike.
func (g *gcm) vary(ssrc uint32, index uint64) {
	g.nonce = g.salt
	n := g.nonce[2:]
	binary.BigEndian.PutUint32(n, binary.BigEndian.Uint32(n)^ssrc)
	n = g.nonce[4:]
	binary.BigEndian.PutUint64(n, binary.BigEndian.Uint64(n)^index)
}

func (g *gcm) seal(b []byte, n int, ssrc uint32, index uint64) []byte {
	g.vary(ssrc, index)
	out := g.aead.Seal(b[n:n], g.nonce[:], b[n:], b[:n])
	return b[:n+len(out)]
}

func (g *gcm) open(b []byte, n int, ssrc uint32, index uint64) ([]byte, bool) {
	g.vary(ssrc, index)
	out, err := g.aead.Open(b[n:n], g.nonce[:], b[n:], b[:n])
	return b[:n+len(out)], err == nil
}

// controlGCM is AES-GCM of RTCP (RFC 7714 §9): the tag, then the index.
type controlGCM struct {
	*gcm
	data [headerRTCP + indexRTCP]byte // associated with what is encrypted
	tag  [tagGCM]byte
}

func (g *controlGCM) overhead() int { return tagGCM + indexRTCP }

// associate makes the associated data of a packet that is encrypted (§9.2).
func (g *controlGCM) associate(b []byte, word uint32) {
	copy(g.data[:], b[:headerRTCP])
	binary.BigEndian.PutUint32(g.data[headerRTCP:], word)
}

func (g *controlGCM) seal(b []byte, index uint32) []byte {
	g.vary(binary.BigEndian.Uint32(b[4:]), uint64(index))
	g.associate(b, flagRTCP|index)
	out := g.aead.Seal(b[headerRTCP:headerRTCP], g.nonce[:], b[headerRTCP:], g.data[:])
	return binary.BigEndian.AppendUint32(b[:headerRTCP+len(out)], flagRTCP|index)
}

func (g *controlGCM) open(b []byte, index uint32) ([]byte, bool) {
	g.vary(binary.BigEndian.Uint32(b[4:]), uint64(index))
	end := len(b) - indexRTCP
	word := binary.BigEndian.Uint32(b[end:])
	if word&flagRTCP != 0 {
		g.associate(b, word)
		out, err := g.aead.Open(b[headerRTCP:headerRTCP], g.nonce[:], b[headerRTCP:end], g.data[:])
		return b[:headerRTCP+len(out)], err == nil
	}
	// In the clear all is associated, and the index next to it (§9.3): the tag
	// makes room.
	n := end - tagGCM
	copy(g.tag[:], b[n:end])
	binary.BigEndian.PutUint32(b[n:], word)
	_, err := g.aead.Open(b[:0:0], g.nonce[:], g.tag[:], b[:n+indexRTCP])
	return b[:n], err == nil
}
