package flow

import (
	"errors"
	"net/netip"
	"sync/atomic"
)

// Errors of Send and of Err.
var (
	// ErrClosed: the connection is closed.
	ErrClosed = errors.New("flow is closed")
	// ErrQueueFull: the far end does not read; the connection has been closed.
	ErrQueueFull = errors.New("write queue is full")
	// ErrTooLarge: the message does not fit into a datagram; another transport may
	// take it (RFC 3261 §18.1.1).
	ErrTooLarge = errors.New("message is too large for UDP")
	// ErrCertificate: the far end's certificate does not prove who was asked for.
	ErrCertificate = errors.New("certificate is not accepted")
)

// Handler takes what arrives. Calls for one flow are in order (UDP: within one
// Call-ID) and come from the flow's own goroutines; they should not block.
type Handler interface {
	// Message takes one message, which the handler may keep. Keep-alives do not
	// come here.
	Message(f *Flow, raw []byte)
	// Closed is called once for a connection that ended, after its last Message.
	// It is never called for UDP.
	Closed(f *Flow)
}

// Flow is one way to one far end. Connections may be compared by pointer; UDP
// flows, of which there may be several values for one remote address, by Key.
// A Flow is safe for concurrent use.
type Flow struct {
	way Way
}

// Way is what a Flow is made of. It lets other packages bring ways of their
// own, such as the memory of a test.
type Way struct {
	// Kind is the transport.
	Kind Kind
	// Socket is the connection's or the UDP socket's number; see NextSocket.
	Socket uint64
	// Local and Remote are the two ends.
	Local, Remote netip.AddrPort
	// Route tells our end as it is now, where that may be another one than Local; may be nil.
	Route func() netip.AddrPort
	// UserAgent and Origin are what the browser's upgrade request said, cleaned;
	// empty for UDP.
	UserAgent, Origin string
	// Send takes one message or refuses it; it never blocks and does not keep b.
	Send func(b []byte) error
	// Close ends a connection; it is idempotent and does not wait. Nil for UDP.
	Close func(reason string)
	// Closed is closed when the connection has ended. Nil for UDP.
	Closed <-chan struct{}
	// Err tells why the connection ended, nil before; nil stands for one that
	// says ErrClosed once Closed is closed.
	Err func() error
	// Peer tells what Flow.Peer returns; nil stands for one that tells nothing.
	Peer func() []string
	// Alias is what Flow.Alias returns.
	Alias bool
}

// New makes a Flow of a Way.
func New(w Way) *Flow { return &Flow{way: w} }

// sockets numbers connections and sockets, so that a Key is never used again.
var sockets atomic.Uint64

// NextSocket returns a number for a Way's Socket that no other has.
func NextSocket() uint64 { return sockets.Add(1) }

// Key names a flow for its whole life; it is comparable.
type Key struct {
	socket uint64
	remote netip.AddrPort
}

// Socket returns the number of the connection or UDP socket.
func (k Key) Socket() uint64 { return k.socket }

// Key returns the flow's name.
func (f *Flow) Key() Key { return Key{f.way.Socket, f.way.Remote} }

// Socket returns the number of the connection or UDP socket.
func (f *Flow) Socket() uint64 { return f.way.Socket }

// Kind returns the transport.
func (f *Flow) Kind() Kind { return f.way.Kind }

// Local returns our end as the far end may be told it now: for a UDP socket on all
// addresses, the one from which the far end is reached.
func (f *Flow) Local() netip.AddrPort {
	if f.way.Route != nil {
		return f.way.Route()
	}
	return f.way.Local
}

// Remote returns the far end, as seen from here.
func (f *Flow) Remote() netip.AddrPort { return f.way.Remote }

// UserAgent returns the User-Agent of the browser's upgrade request, at most
// 256 octets without control characters; empty for UDP.
func (f *Flow) UserAgent() string { return f.way.UserAgent }

// Origin returns the Origin of the browser's upgrade request; empty for UDP and
// for programs that are no browsers.
func (f *Flow) Origin() string { return f.way.Origin }

// Send hands one message to the far end. It never blocks and does not keep b. A
// connection whose queue is full is closed, since its far end has stopped
// reading: ErrQueueFull, and ErrClosed from then on.
func (f *Flow) Send(b []byte) error { return f.way.Send(b) }

// Closed returns a channel that is closed when the connection has ended; nil
// for UDP, which does not end.
func (f *Flow) Closed() <-chan struct{} { return f.way.Closed }

// Err returns why the connection ended, in words for a log: what connecting, the
// TLS handshake or the far end came to. It is nil while the flow is open, or being
// opened, and for UDP.
func (f *Flow) Err() error {
	switch {
	case f.way.Err != nil:
		return f.way.Err()
	case f.way.Closed != nil && isClosed(f.way.Closed):
		return ErrClosed
	}
	return nil
}

// Peer returns the names that the far end of a TLS connection has proved by a
// certificate that was verified, whichever side opened the connection: SIP domains
// as "sip:example.com", DNS names as "proxy.example.com", in lower case (RFC 5922
// §7.1). It is nil for all other flows, and before the handshake. The result must
// not be changed.
func (f *Flow) Peer() []string {
	if f.way.Peer == nil {
		return nil
	}
	return f.way.Peer()
}

// Alias reports whether requests on this flow should say `alias` in their Via: the far
// end may then send its own requests over a connection that we opened, over TLS and
// with a certificate of ours (RFC 5923 §5).
func (f *Flow) Alias() bool { return f.way.Alias }

// Close ends a connection after what is queued has been written; reason goes
// into the WebSocket's close frame. It is idempotent, does not wait, and does
// nothing for UDP.
func (f *Flow) Close(reason string) {
	if f.way.Close != nil {
		f.way.Close(reason)
	}
}
