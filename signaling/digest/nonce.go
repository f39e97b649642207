package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// A nonce is hexadecimal, since every parser copies that unharmed:
//
//	0         8         16                  32  bytes
//	| time    | random  | HMAC-SHA-256/128  |
const (
	nonceTime = 8
	nonceRand = 16 // time and randomness: what the HMAC is over, with realm and source
	nonceSize = 32
)

// nonces makes and opens nonces of one realm.
type nonces struct {
	key   []byte
	realm string
}

func (n nonces) make(now time.Time, source string) string {
	var b [nonceSize]byte
	binary.BigEndian.PutUint64(b[:nonceTime], uint64(now.UnixMicro()))
	// Read never fails: it ends the process where the system has no randomness.
	_, _ = rand.Read(b[nonceTime:nonceRand])
	copy(b[nonceRand:], n.mac(b[:nonceRand], source))
	return hex.EncodeToString(b[:])
}

// open returns when a nonce was made, if we made it for this source.
func (n nonces) open(nonce, source string) (made time.Time, ok bool) {
	if len(nonce) != 2*nonceSize {
		return time.Time{}, false
	}
	b, err := hex.DecodeString(nonce)
	if err != nil || !hmac.Equal(b[nonceRand:], n.mac(b[:nonceRand], source)) {
		return time.Time{}, false
	}
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b[:nonceTime]))), true
}

// mac binds a nonce to the realm and the source. The realm's length goes in front,
// so that no other pair of realm and source reads the same.
func (n nonces) mac(head []byte, source string) []byte {
	h := hmac.New(sha256.New, n.key)
	h.Write(head)
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(n.realm))))
	h.Write([]byte(n.realm))
	h.Write([]byte(source))
	return h.Sum(nil)[:nonceSize-nonceRand]
}
