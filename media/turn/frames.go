package turn

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

var errFrame = errors.New("no frame of STUN or of a channel")

// readFrame reads what is one message in a connection into b: a STUN message (RFC 8489
// §6.2.2) or data of a channel, filled up to four octets (RFC 8656 §12.5). What reads it
// after us reckons lengths in sixteen bits, and one that wraps to nothing would be read
// for ever.
func readFrame(r *bufio.Reader, b []byte) (int, error) {
	head, err := r.Peek(4)
	if err != nil {
		return 0, err
	}
	n := int(binary.BigEndian.Uint16(head[2:]))
	switch {
	case head[0]>>6 == 0 && n%4 == 0:
		n += stunMinimum
	case head[0]>>6 == 1:
		n = 4 + (n+3)&^3
	default:
		return 0, errFrame
	}
	if n > len(b) || n >= inboundMTU {
		return 0, errFrame
	}
	return io.ReadFull(r, b[:n])
}
