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
)

// tagRTCP is the length of the tag of RTCP.
const tagRTCP = 10

// counterMode is AES in counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1).
type counterMode struct {
	block   cipher.Block
	salt    [14]byte
	mac     hash.Hash
	counter [aes.BlockSize]byte
	pad     [aes.BlockSize]byte
	sum     [sha1.Size]byte
}

// newCounterMode derives what is of RTP or of RTCP.
func newCounterMode(key, salt []byte, of byte) (*counterMode, error) {
	session, err := derive(key, salt, of+labelKey, len(key))
	if err != nil {
		return nil, err
	}
	c := &counterMode{}
	if c.block, err = aes.NewCipher(session); err != nil {
		return nil, fmt.Errorf("make AES-CM: %w", err)
	}
	own, err := derive(key, salt, of+labelSalt, len(c.salt))
	if err != nil {
		return nil, err
	}
	copy(c.salt[:], own)
	auth, err := derive(key, salt, of+labelAuth, sha1.Size)
	c.mac = hmac.New(sha1.New, auth)
	return c, err
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

// mediaCounter is counterMode of RTP.
type mediaCounter struct {
	*counterMode
	tag int
	roc [4]byte
}

func (c *mediaCounter) overhead() int { return c.tag }
func (c *mediaCounter) behind() int   { return c.tag }

func (c *mediaCounter) seal(b []byte, n int, ssrc uint32, index uint64) []byte {
	c.run(b[n:], ssrc, index)
	return append(b, c.authenticate(b, index)...)
}

func (c *mediaCounter) open(b []byte, n int, ssrc uint32, index uint64) ([]byte, bool) {
	end := len(b) - c.tag
	if subtle.ConstantTimeCompare(b[end:], c.authenticate(b[:end], index)) != 1 {
		return nil, false
	}
	c.run(b[n:end], ssrc, index)
	return b[:end], true
}

// authenticate returns the tag of a packet; it is valid until the next call.
func (c *mediaCounter) authenticate(b []byte, index uint64) []byte {
	binary.BigEndian.PutUint32(c.roc[:], uint32(index>>16))
	c.mac.Reset()
	_, _ = c.mac.Write(b)
	_, _ = c.mac.Write(c.roc[:])
	return c.mac.Sum(c.sum[:0])[:c.tag]
}

// controlCounter is counterMode of RTCP (RFC 3711 §3.4): the index, then the tag
// over all before it.
type controlCounter struct{ *counterMode }

func (controlCounter) overhead() int { return indexRTCP + tagRTCP }
func (controlCounter) behind() int   { return tagRTCP }

func (c controlCounter) seal(b []byte, index uint32) []byte {
	c.run(b[headerRTCP:], binary.BigEndian.Uint32(b[4:]), uint64(index))
	b = binary.BigEndian.AppendUint32(b, flagRTCP|index)
	return append(b, c.authenticate(b)...)
}

func (c controlCounter) open(b []byte, index uint32) ([]byte, bool) {
	end := len(b) - tagRTCP
	if subtle.ConstantTimeCompare(b[end:], c.authenticate(b[:end])) != 1 {
		return nil, false
	}
	end -= indexRTCP
	if binary.BigEndian.Uint32(b[end:])&flagRTCP != 0 {
		c.run(b[headerRTCP:end], binary.BigEndian.Uint32(b[4:]), uint64(index))
	}
	return b[:end], true
}

// authenticate returns the tag of a packet; it is valid until the next call.
func (c controlCounter) authenticate(b []byte) []byte {
	c.mac.Reset()
	_, _ = c.mac.Write(b)
	return c.mac.Sum(c.sum[:0])[:tagRTCP]
}
