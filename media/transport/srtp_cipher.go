package transport

import (
	"crypto/aes"
	"errors"
	"fmt"

	"github.com/pion/srtp/v3"
)

// rtpCipher encrypts and decrypts the RTP of one direction in place. It does no
// more than these, so that a packet touches little memory. It belongs to one
// goroutine at a time.
type rtpCipher interface {
	// overhead is how many octets a packet grows, behind how many of them come
	// after a master key identifier (RFC 3711 §3.1, RFC 7714 §8.2).
	overhead() int
	behind() int
	// seal encrypts what follows the first n octets of b, which has room for
	// the overhead, and returns all with its tag.
	seal(b []byte, n int, ssrc uint32, index uint64) []byte
	// open does the opposite; false means that the tag is wrong, and that
	// nothing of b may be used.
	open(b []byte, n int, ssrc uint32, index uint64) ([]byte, bool)
	// fetch asks for the memory of it that lies step pointers away, see Ahead. It
	// may run beside the others.
	fetch(step int)
}

// rtcpCipher is the same for RTCP (RFC 3711 §3.4), which carries its index.
type rtcpCipher interface {
	// overhead is with the index.
	overhead() int
	behind() int
	seal(b []byte, index uint32) []byte
	// open takes a packet of at least an RTCP header and the overhead. index is
	// what it carries, without the flag of encryption.
	open(b []byte, index uint32) ([]byte, bool)
}

// Labels of RFC 3711 §4.3.1 and §4.3.2: those of RTCP come three later.
const (
	labelKey  = 0
	labelAuth = 1
	labelSalt = 2

	ofRTP  = 0
	ofRTCP = 3
)

var errNoSuite = errors.New("no SRTP suite")

// newCiphers derives the keys of one direction (RFC 3711 §4.3, RFC 7714 §11).
// The tag of RTCP has 80 bits in every profile of counter mode (RFC 4568 §6.2.2,
// RFC 5764 §4.1.2).
func newCiphers(p srtp.ProtectionProfile, key, salt []byte) (rtpCipher, rtcpCipher, error) {
	tag := 10
	switch p {
	case srtp.ProtectionProfileAeadAes128Gcm, srtp.ProtectionProfileAeadAes256Gcm:
		rtp, err := newGCM(key, salt, ofRTP)
		if err != nil {
			return nil, nil, err
		}
		rtcp, err := newGCM(key, salt, ofRTCP)
		return rtp, &controlGCM{gcm: rtcp}, err
	case srtp.ProtectionProfileAes128CmHmacSha1_80, srtp.ProtectionProfileAes256CmHmacSha1_80:
	case srtp.ProtectionProfileAes128CmHmacSha1_32, srtp.ProtectionProfileAes256CmHmacSha1_32:
		tag = 4
	default:
		return nil, nil, errNoSuite
	}
	rtp, err := newCounterMode(key, salt, ofRTP)
	if err != nil {
		return nil, nil, err
	}
	rtcp, err := newCounterMode(key, salt, ofRTCP)
	return &mediaCounter{counterMode: rtp, tag: tag}, &controlCounter{rtcp}, err
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
