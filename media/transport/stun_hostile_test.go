package transport

import (
	"encoding/binary"
	"testing"
)

// TestSTUNOfManyAttributesIsNotRead: a datagram full of empty attributes is cheap to
// send, and would be dear to run over.
func TestSTUNOfManyAttributesIsNotRead(t *testing.T) {
	for n, want := range map[int]bool{0: true, 10: true, maxAttributes: true, maxAttributes + 1: false, 364: false} {
		b := make([]byte, stunHeader+4*n)
		b[1] = byte(bindingRequest)
		binary.BigEndian.PutUint16(b[2:], uint16(4*n))
		binary.BigEndian.PutUint32(b[4:], stunMagic)
		if _, ok := peekSTUN(b); ok != want {
			t.Errorf("%d attributes: %v, want %v", n, ok, want)
		}
	}
}
