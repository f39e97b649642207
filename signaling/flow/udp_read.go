package flow

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// minDatagram is less than any SIP message has.
const minDatagram = 16

// read is the socket's one reader: it sorts datagrams out and hands those that
// may be SIP to the workers. Only the closing of the socket ends it.
func (u *UDPSocket) read() {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := u.conn.ReadFromUDPAddrPort(buf)
		switch {
		case err == nil:
			u.sort(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
		case errors.Is(err, net.ErrClosed):
			return
		default:
			// Such as an ICMP error for something sent before, or no buffers.
			if u.counts.readErrors.Add(1)%1000 == 1 {
				u.cfg.Log.Warn("reading a UDP socket", "error", err)
			}
			u.pause(time.Millisecond)
			select {
			case <-u.closed:
				return
			default:
			}
		}
	}
}

// sort decides what a datagram is, at the least cost, and queues it by Call-ID.
// b is the reader's buffer.
func (u *UDPSocket) sort(b []byte, from netip.AddrPort) {
	u.counts.received.Add(1)
	if !u.limits.allow(from, time.Now()) || u.cfg.Admit != nil && !u.cfg.Admit(from.Addr()) {
		u.counts.limited.Add(1)
		return
	}
	switch {
	case isSTUN(b):
		u.counts.keepalives.Add(1)
		if answer := answerSTUN(b, from); answer != nil {
			_ = u.send(from, answer)
		}
		return
	case len(bytes.Trim(b, "\r\n\x00")) == 0:
		u.counts.keepalives.Add(1) // CRLF and NUL, which phones send to keep a way open
		return
	case len(b) < minDatagram || !isSIPStart(b[0]):
		u.counts.junk.Add(1)
		return
	}
	d := datagram{from, bytes.Clone(b)}
	id := callID(b)
	if id == nil {
		id = from.Addr().AsSlice()
	}
	select {
	case u.workers.of(id) <- d:
	default:
		u.counts.full.Add(1)
		u.refuse(d)
	}
}

// isSIPStart reports whether a message may begin with c: with a method, with
// SIP/2.0, or with an empty line.
func isSIPStart(c byte) bool {
	return c > ' ' && c < 0x7f || c == '\r' || c == '\n' || c == ' '
}

// callID finds the value of Call-ID without parsing, for hashing only.
func callID(b []byte) []byte {
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte{'\n'})
		if len(line) <= 1 {
			return nil
		}
		switch line[0] {
		case 'C', 'c', 'I', 'i':
		default:
			continue
		}
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			continue
		}
		name = bytes.TrimSpace(name)
		if bytes.EqualFold(name, []byte("call-id")) || bytes.EqualFold(name, []byte("i")) {
			return bytes.TrimSpace(value)
		}
	}
	return nil
}

// refuse answers an INVITE that finds its queue full with a stateless 503, so
// that its sender goes elsewhere or waits; the rest is left to repetition.
func (u *UDPSocket) refuse(d datagram) {
	if !bytes.HasPrefix(d.raw, []byte("INVITE ")) || !u.busy.rate.Allow() {
		return
	}
	m, err := u.busy.parser.Parse(d.raw)
	req, ok := m.(*sip.Request)
	if err != nil || !ok || sipmsg.Validate(m, d.raw) != nil {
		return
	}
	if _, inDialog := sipmsg.Param(req.To().Params, "tag"); inDialog {
		return
	}
	req.SetSource(d.from.String())
	res := sipmsg.Respond(req, 503, "", sipmsg.Tag())
	sipmsg.RetryAfter(res, 5)
	if u.send(d.from, sipmsg.Bytes(res)) == nil {
		u.counts.busy.Add(1)
	}
}
