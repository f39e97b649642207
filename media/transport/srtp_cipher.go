package transport

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"

	"github.com/pion/srtp/v3"
)

// rtpCipher encrypts and decrypts the RTP of one direction in place. It does no
// more than these two, so that a packet touches little memory; RTCP and what is
// rare are pion/srtp's. It belongs to one goroutine at a time.
type rtpCipher interface {
	// overhead is how many octets a packet grows.
	overhead() int
	// seal encrypts what follows the first n octets of b, which has room for
	// the overhead, and returns all with its tag.
	seal(b []byte, n int, ssrc uint32, index uint64) []byte
	// open does the opposite; false means that the tag is wrong, and that
	// nothing of b may be used.
	open(b []byte, n int, ssrc uint32, index uint64) ([]byte, bool)
}

// Labels of RFC 3711 §4.3.1.
const (
	labelKey  = 0
	labelAuth = 1
	labelSalt = 2
)

// newRTPCipher derives the keys of one direction (RFC 3711 §4.3, RFC 7714 §11).
// It is nil for a profile that is none of these.
func newRTPCipher(p srtp.ProtectionProfile, key, salt []byte) (rtpCipher, error) {
	tag := 10
	switch p {
	case srtp.ProtectionProfileAeadAes128Gcm, srtp.ProtectionProfileAeadAes256Gcm:
		return newGCM(key, salt)
	case srtp.ProtectionProfileAes128CmHmacSha1_80, srtp.ProtectionProfileAes256CmHmacSha1_80:
	case srtp.ProtectionProfileAes128CmHmacSha1_32, srtp.ProtectionProfileAes256CmHmacSha1_32:
		tag = 4
	default:
		return nil, nil
	}
	return newCounterMode(key, salt, tag)
}

// derive is the key derivation of RFC 3711 §4.3.3 with an index of 0.
func derive(key, salt []byte, label byte, n int) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("derive SRTP keys: %w", err)
	}
	var in [aes.BlockSize]byte
	copy(in[:14], salt)
	in[7] ^= label
	out := make([]byte, (n+aes.BlockSize-1)/aes.BlockSize*aes.BlockSize)
	for i := 0; i < len(out); i += aes.BlockSize {
		in[15] = byte(i / aes.BlockSize)
		block.Encrypt(out[i:], in[:])
	}
	return out[:n], nil
}

// gcm is AES-GCM (RFC 7714).
type gcm struct {
	aead  cipher.AEAD
	salt  [12]byte
	nonce [12]byte
}

func newGCM(key, salt []byte) (*gcm, error) {
	session, err := derive(key, salt, labelKey, len(key))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(session)
	if err != nil {
		return nil, fmt.Errorf("make AES-GCM: %w", err)
	}
	g := &gcm{}
	if g.aead, err = cipher.NewGCM(block); err != nil {
		return nil, fmt.Errorf("make AES-GCM: %w", err)
	}
	own, err := derive(key, salt, labelSalt, len(g.salt))
	copy(g.salt[:], own)
	return g, err
}

func (g *gcm) overhead() int { return 16 }

// vary makes the nonce of a packet: 0, SSRC, rollover counter and sequence
// number over the salt (RFC 7714 §8.1).
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

// counterMode is AES in counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1).
type counterMode struct {
	block   cipher.Block
	salt    [14]byte
	mac     hash.Hash
	tag     int
	counter [aes.BlockSize]byte
	pad     [aes.BlockSize]byte
	roc     [4]byte
	sum     [sha1.Size]byte
}

func newCounterMode(key, salt []byte, tag int) (*counterMode, error) {
	session, err := derive(key, salt, labelKey, len(key))
	if err != nil {
		return nil, err
	}
	c := &counterMode{tag: tag}
	if c.block, err = aes.NewCipher(session); err != nil {
		return nil, fmt.Errorf("make AES-CM: %w", err)
	}
	own, err := derive(key, salt, labelSalt, len(c.salt))
	if err != nil {
		return nil, err
	}
	copy(c.salt[:], own)
	auth, err := derive(key, salt, labelAuth, sha1.Size)
	c.mac = hmac.New(sha1.New, auth)
	return c, err
}

func (c *counterMode) overhead() int { return c.tag }

func (c *counterMode) seal(b []byte, n int, ssrc uint32, index uint64) []byte {
	c.run(b[n:], ssrc, index)
	return append(b, c.authenticate(b, index)...)
}

func (c *counterMode) open(b []byte, n int, ssrc uint32, index uint64) ([]byte, bool) {
	end := len(b) - c.tag
	if subtle.ConstantTimeCompare(b[end:], c.authenticate(b[:end], index)) != 1 {
		return nil, false
	}
	c.run(b[n:end], ssrc, index)
	return b[:end], true
}

// run puts the key stream of a packet over b.
func (c *counterMode) run(b []byte, ssrc uint32, index uint64) {
	copy(c.counter[:14], c.salt[:])
	c.counter[14], c.counter[15] = 0, 0
	n := c.counter[4:]
	binary.BigEndian.PutUint32(n, binary.BigEndian.Uint32(n)^ssrc)
	n = c.counter[6:]
	binary.BigEndian.PutUint64(n, binary.BigEndian.Uint64(n)^index)
	for i := uint16(0); len(b) > 0; i++ {
		binary.BigEndian.PutUint16(c.counter[14:], i)
		c.block.Encrypt(c.pad[:], c.counter[:])
		b = b[subtle.XORBytes(b, b, c.pad[:]):]
	}
}

// authenticate returns the tag of a packet; it is valid until the next call.
func (c *counterMode) authenticate(b []byte, index uint64) []byte {
	binary.BigEndian.PutUint32(c.roc[:], uint32(index>>16))
	c.mac.Reset()
	_, _ = c.mac.Write(b)
	_, _ = c.mac.Write(c.roc[:])
	return c.mac.Sum(c.sum[:0])[:c.tag]
}
