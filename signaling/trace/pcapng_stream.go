package trace

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// stream is a TCP connection that is made up around messages which went over TCP, TLS
// or a WebSocket.
type stream struct {
	local, remote netip.AddrPort
	web           bool // frames of WebSocket
	called        bool // the far end has connected to us
	seq           [2]uint32
}

// The two ends of a stream, as indexes of seq.
const (
	ours = iota
	theirs
)

// maxSegment is how much of a message one made-up segment has.
const maxSegment = 32 << 10

func newStream(i *Item) *stream {
	web := i.Transport == "ws" || i.Transport == "wss"
	// Browsers connect to us; of others it is who spoke first, as far as is known.
	return &stream{local: i.Local, remote: i.Remote, web: web, called: web || i.In, seq: [2]uint32{1000, 2000}}
}

// open writes the handshake, and the upgrade of a WebSocket.
func (s *stream) open(p *capture, at time.Time) {
	caller, callee := ours, theirs
	if s.called {
		caller, callee = theirs, ours
	}
	s.segment(p, at, caller, tcpSYN, nil)
	s.segment(p, at, callee, tcpSYN|tcpACK, nil)
	s.segment(p, at, caller, tcpACK, nil)
	if !s.web {
		return
	}
	const key, accept = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" // the example of RFC 6455 §1.3
	s.data(p, at, theirs, []byte("GET /ws HTTP/1.1\r\nHost: "+host(s.local)+"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: "+key+"\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n"))
	s.data(p, at, ours, []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: "+accept+"\r\nSec-WebSocket-Protocol: sip\r\n\r\n"))
}

// send writes a message.
func (s *stream) send(p *capture, at time.Time, in bool, message []byte) {
	from := ours
	if in {
		from = theirs
	}
	if s.web {
		message = frame(message, from == theirs)
	}
	s.data(p, at, from, message)
}

func (s *stream) data(p *capture, at time.Time, from int, b []byte) {
	for len(b) > 0 {
		part := b[:min(len(b), maxSegment)]
		b = b[len(part):]
		flags := byte(tcpACK)
		if len(b) == 0 {
			flags |= tcpPSH
		}
		s.segment(p, at, from, flags, part)
	}
}

// segment writes one, with the numbers that it has.
func (s *stream) segment(p *capture, at time.Time, from int, flags byte, b []byte) {
	src, dst := s.local, s.remote
	if from == theirs {
		src, dst = dst, src
	}
	ack := uint32(0)
	if flags&tcpACK != 0 {
		ack = s.seq[1-from]
	}
	header := tcpHeader(src.Port(), dst.Port(), s.seq[from], ack, flags)
	s.seq[from] += uint32(len(b))
	if flags&tcpSYN != 0 {
		s.seq[from]++
	}
	p.frame(at, src.Addr(), dst.Addr(), packet{protocolTCP, header, b, len(b)})
}

// frame is a text frame of WebSocket (RFC 6455 §5.2). A client has to mask it; with a
// mask of zeros it can still be read.
func frame(b []byte, mask bool) []byte {
	out := []byte{0x81}
	bit := byte(0)
	if mask {
		bit = 0x80
	}
	switch n := len(b); {
	case n < 126:
		out = append(out, bit|byte(n))
	case n <= 0xffff:
		out = binary.BigEndian.AppendUint16(append(out, bit|126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, bit|127), uint64(n))
	}
	if mask {
		out = append(out, 0, 0, 0, 0)
	}
	return append(out, b...)
}
