package leg

import (
	"crypto/rand"
	"encoding/binary"
)

// sessionID returns a fresh sess-id for o= (RFC 8866 §5.2).
func sessionID() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand.Read's documentation
	return binary.BigEndian.Uint64(b[:]) >> 2
}
