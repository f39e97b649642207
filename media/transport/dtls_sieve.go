package transport

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"
)

// Kinds of records (RFC 6347 §4.1), and what one is made of.
const (
	recordChangeCipher = 20
	recordAlert        = 21
	recordHandshake    = 22
	recordData         = 23

	recordHeader    = 13
	handshakeHeader = 12
)

// Bounds of what DTLS is given to read.
const (
	maxRecords  = 24      // of a datagram: a flight has fewer
	maxMessage  = 1 << 16 // octets of a handshake message: chains of certificates
	maxSequence = 24      // messages of a handshake each way; one has ten
	maxRepeats  = 32      // datagrams of a far end that missed our last flight

	alertEvery  = 100 * time.Millisecond // of a finished association: it has one to send
	alertAtOnce = 3200 * time.Millisecond
)

// dtlsSieve stands before an association of DTLS and lets through what a far end
// can have sent. pion/dtls answers much of the rest with a fatal alert under the
// keys that were agreed, so that one datagram that anybody may forge would end a
// call; or keeps it, up to 2 MB, and of a finished association, whose far end has proven
// itself, each message without end.
//
// What such an association has use for is its goodbye, and for a server the repetition of
// what came before its last flight. There is no renegotiation (RFC 8827 §6.5), and nobody
// has agreed on data.
type dtlsSieve struct {
	done    atomic.Bool  // the handshake is over
	repeats atomic.Int32 // datagrams of one that are let through then

	mu     sync.Mutex // a leaf
	alerts Quota      // under our keys, by their looks; guarded by mu
}

// over says that the handshake is over. Only a server's last flight may be missed
// (RFC 6347 §4.2.4), and is asked for by repeating what came before it.
func (s *dtlsSieve) over(server bool) {
	if server {
		s.repeats.Store(maxRepeats)
	}
	s.done.Store(true)
}

// passes reports whether a datagram may reach the association. Once there are keys
// an alert in the clear must not end a call, and that of a doubtful source ends no
// handshake either; nor does a piece of a message that never comes whole hold one up.
func (s *dtlsSieve) passes(b []byte, doubtful bool) bool {
	r, ok := readRecords(b)
	switch {
	case !ok, doubtful && r >= clearPiece:
		return false
	case !s.done.Load():
		return true
	case r == sealedAlert:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.alerts.Spend(alertEvery, alertAtOnce, Now())
	}
	return r <= clearPiece && s.repeats.Load() > 0 && s.repeats.Add(-1) >= 0
}

// clearness is what is in the clear in a datagram of DTLS, or under our keys (epoch 1), by
// its looks; the worst of it.
type clearness uint8

const (
	sealedAlert     clearness = iota // nothing but alerts under our keys
	sealedHandshake                  // besides, a handshake or its change of cipher
	clearHandshake                   // one in the clear
	clearPiece                       // a part of a message of it
	clearAlert                       // besides, an alert
	sealedData                       // besides, data under our keys
)

// readRecords runs over the records of a datagram. It is false where one is
// malformed, or none that a handshake of DTLS 1.2 has.
func readRecords(b []byte) (worst clearness, ok bool) {
	for n := 0; len(b) > 0; n++ {
		if n == maxRecords || len(b) < recordHeader || b[1] != 254 || b[2] < 253 || b[0] > recordData {
			return worst, false
		}
		end := recordHeader + int(binary.BigEndian.Uint16(b[11:]))
		if end > len(b) {
			return worst, false
		}
		kind, epoch, body := b[0], binary.BigEndian.Uint16(b[3:]), b[recordHeader:end]
		b = b[end:]
		c := clearHandshake
		switch {
		case epoch == 1:
			c = sealedKind(kind)
		case epoch != 0:
			return worst, false
		case kind == recordHandshake:
			var right bool
			if c, right = readFragments(body); !right {
				return worst, false
			}
		case kind == recordChangeCipher && len(body) == 1 && body[0] == 1:
		case kind == recordAlert && len(body) == 2:
			c = clearAlert
		default:
			return worst, false
		}
		worst = max(worst, c)
	}
	return worst, true
}

// sealedKind is what a record under our keys is by its header, which nobody can hide.
func sealedKind(kind byte) clearness {
	switch kind {
	case recordAlert:
		return sealedAlert
	case recordData:
		return sealedData
	}
	return sealedHandshake
}

// readFragments reports whether a record holds fragments of handshake messages
// (RFC 6347 §4.2.2) and nothing else, and whether one is less than its message.
func readFragments(b []byte) (c clearness, ok bool) {
	c = clearHandshake
	for first := true; first || len(b) > 0; first = false {
		if len(b) < handshakeHeader {
			return c, false
		}
		whole := binary.BigEndian.Uint32(b) & 0xffffff
		offset, length := binary.BigEndian.Uint32(b[5:])&0xffffff, binary.BigEndian.Uint32(b[8:])&0xffffff
		if whole > maxMessage || offset+length > whole || int(length) > len(b)-handshakeHeader ||
			binary.BigEndian.Uint16(b[4:]) > maxSequence {
			return c, false
		}
		if length < whole {
			c = clearPiece
		}
		b = b[handshakeHeader+int(length):]
	}
	return c, true
}
