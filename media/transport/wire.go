package transport

import (
	"errors"
	"time"
)

// Tail is the spare capacity, in octets, behind every packet handed over
// either way. It is room for what SRTP and SRTCP append: at most an
// authentication tag of 16 and an index of 4 octets.
const Tail = 64

// maxPacket is the longest datagram taken from a socket.
const maxPacket = 2048

var (
	// ErrClosed is returned by whatever is used after its Close.
	ErrClosed = errors.New("transport: closed")
	// ErrNoPorts is returned by Ports.Open when every port is in use or rests.
	ErrNoPorts = errors.New("transport: no free RTP port")
	// ErrTooManyPeers is returned by Mux.NewPeer at MuxConfig.MaxPeers.
	ErrTooManyPeers = errors.New("transport: too many peers")
	// ErrShortTail is returned by a write of a packet that is malformed or
	// has less than Tail octets of spare capacity.
	ErrShortTail = errors.New("transport: packet malformed or without tail room")
)

// Sink takes what arrives for one leg, already decrypted. Its methods run on
// the reader goroutine of the socket and must not block. Calls for one leg
// never overlap. b is valid only during the call, may be rewritten in place,
// and has at least Tail octets of spare capacity. at is a time of Now. A call
// that is already under way when Close of the leg is called may finish after
// Close has returned; none starts later.
type Sink interface {
	// RTP takes one RTP packet whose fixed header is whole (RFC 3550 §5.1). q is
	// for packets that are relayed on this goroutine (Wire.RelayRTP); b stays
	// valid for what is queued there.
	RTP(b []byte, at int64, q *Batch)
	// RTCP takes one compound RTCP packet of at least eight octets, not
	// parsed any further (RFC 3550 §6.1).
	RTCP(b []byte, at int64)
}

// Wire is one leg's way to the network. Its methods may be called from any
// goroutine; writing RTP allocates nothing.
type Wire interface {
	// WriteRTP sends the RTP packet b, encrypting it in place where the leg
	// is secured; b holds no plaintext afterwards. b needs Tail octets of
	// spare capacity. A packet that cannot be sent yet, because nothing has
	// been proven or agreed about the far end, is dropped and counted, and
	// the error is nil: media simply begins later. After Close the error is
	// ErrClosed; else it is what the socket reports. The packet may wait in q, of
	// NewBatch, until that is flushed; a nil q sends at once.
	WriteRTP(b []byte, q *Batch) error
	// RelayRTP is WriteRTP for a Sink that sends on what it was just given: the
	// packet may wait in q until the reader is through with what came at the
	// same moment. b must stay as it is until then, as what a Sink is given
	// does. A nil q sends at once. Errors of the socket are counted only.
	RelayRTP(b []byte, q *Batch) error
	// WriteRTCP sends a compound RTCP packet.
	WriteRTCP(b []byte) error
	// LastHeard returns when the far end last gave a proven sign of life, as
	// a time of Now: authenticated RTP or RTCP, a STUN check or an answer to
	// ours; on a plain leg RTP or RTCP that passed the latch. 0 means never.
	LastHeard() int64
	// Close gives everything back. It may be called more than once and from
	// any goroutine, also from a callback.
	Close() error
}

// started is what Now counts from.
var started = time.Now()

// Now returns the package's monotonic clock in nanoseconds, never 0.
func Now() int64 { return int64(time.Since(started)) + 1 }
