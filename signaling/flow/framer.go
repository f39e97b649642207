package flow

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Errors of the framer. Behind each of them nothing more can be read from the
// stream, since nobody knows where the next message begins.
var (
	errNotSIP    = errors.New("what came is not SIP")
	errTooLong   = errors.New("message is too long")
	errNoLength  = errors.New("message has a body and no Content-Length")
	errBadLength = errors.New("message has a Content-Length that cannot be")
)

// maxSkipped is the most octets of a body that are passed over: a message that is too
// long is refused, and where it ends at all the connection goes on, with whatever other
// calls it carries.
const maxSkipped = 1 << 20

// framer cuts a stream into messages (RFC 3261 §18.3). It has no clock and no
// connection: octets are read into space, told of by fill, and come out of next.
//
//	CRLF CRLF | start line | header fields | CRLF | body | start line ...
//	 between  |          head              |      |Content-Length octets
//
// Where the head ends, and which Content-Length counts, is decided as
// sipmsg.Parser decides it: were there two opinions, one party could make the
// other read a body as a message.
type framer struct {
	max   int    // octets of a message
	buf   []byte // buf[at:] is what is not yet handed out
	at    int
	seen  int  // octets of the message in which no end of the head was found
	need  int  // octets of the message; 0 until its head is whole
	skips int  // octets of the body of a message that was too long
	begun bool // a message's first octet is there
	sip   bool // its start line is one of SIP
	crlf  int  // octets of CRLF CRLF that came since the last message or ping
}

const (
	smallBuffer = 1 << 10 // what an idle connection keeps
	keptBuffer  = 4 << 10 // the most that is kept between messages
	minSpace    = 512     // the least to read into
)

// space returns room to read into.
func (f *framer) space() []byte {
	if f.at == len(f.buf) {
		f.buf, f.at = f.buf[:0], 0
		if cap(f.buf) == 0 || cap(f.buf) > keptBuffer && !f.begun && f.skips == 0 {
			f.buf = make([]byte, 0, smallBuffer)
		}
	}
	if cap(f.buf)-len(f.buf) < minSpace {
		n := len(f.buf) - f.at
		to := f.buf[:0]
		if cap(f.buf)-n < max(minSpace, n/2) {
			to = make([]byte, 0, 2*cap(f.buf))
		}
		f.buf, f.at = append(to, f.buf[f.at:]...), 0
	}
	return f.buf[len(f.buf):cap(f.buf)]
}

// fill takes the n octets that were read into space.
func (f *framer) fill(n int) { f.buf = f.buf[:len(f.buf)+n] }

// pause tells that there was a pause before what comes: two answers to pings of
// ours, one long after the other, are no ping.
func (f *framer) pause() { f.crlf = 0 }

// partial reports whether a message has begun that is not whole.
func (f *framer) partial() bool { return f.begun || f.skips > 0 }

// next returns the next message, which is the caller's to keep, or nil if more
// must be read. ping is true if a double CRLF came before it, which is owed a
// CRLF (RFC 5626 §3.5.1); several count as one. With an error the stream
// is at its end; a message that comes with it, or whose Content-Length says that it is
// too long, is a head without its body, to be refused.
func (f *framer) next() (message []byte, ping bool, err error) {
	if f.skips > 0 && !f.pass() {
		return nil, false, nil
	}
	if !f.begun {
		ping = f.skip()
		if !f.begun {
			return nil, ping, nil
		}
	}
	if f.need == 0 {
		if message, err = f.head(); message != nil || err != nil || f.need == 0 {
			return message, ping, err
		}
	}
	if len(f.buf)-f.at < f.need {
		return nil, ping, nil
	}
	return f.take(f.need), ping, nil
}

// take hands out the next n octets, a message, behind which another one may begin.
func (f *framer) take(n int) []byte {
	message := bytes.Clone(f.buf[f.at : f.at+n])
	f.at += n
	f.seen, f.need, f.begun, f.sip, f.crlf = 0, 0, false, false, 0
	return message
}

// pass passes over a body, and reports whether it is over.
func (f *framer) pass() bool {
	n := min(f.skips, len(f.buf)-f.at)
	f.at += n
	f.skips -= n
	return f.skips == 0
}

// skip passes over CR and LF before a message (RFC 3261 §7.5) and reports
// whether a double CRLF was among them.
func (f *framer) skip() (ping bool) {
	for ; f.at < len(f.buf); f.at++ {
		c := f.buf[f.at]
		switch {
		case c == "\r\n\r\n"[f.crlf]:
			f.crlf++
		case c == '\r':
			f.crlf = 1
		case c == '\n':
			f.crlf = 0
		default:
			f.begun = true
			return ping
		}
		if f.crlf == 4 {
			ping, f.crlf = true, 0
		}
	}
	return ping
}

// head looks for the end of the head, and for the length of the message.
func (f *framer) head() (message []byte, err error) {
	b := f.buf[f.at:]
	if !f.sip {
		if f.sip, err = isSIPLine(b); err != nil {
			return nil, err
		}
	}
	end := headEnd(b, f.seen)
	if end < 0 {
		f.seen = len(b)
		if len(b) > f.max {
			return nil, errTooLong
		}
		return nil, nil
	}
	if end > f.max {
		return nil, errTooLong
	}
	n, err := bodyLength(b[:end])
	switch {
	case err == nil && end+n <= f.max:
		f.need = end + n
		return nil, nil
	case err == nil && n <= maxSkipped:
		f.skips = n
		return f.take(end), nil
	case err == nil:
		err = errTooLong
	}
	return bytes.Clone(b[:end]), err
}

// isSIPLine reports whether the start line is there, and errs if it is none of
// SIP: HTTP, TLS, and all else that comes to an open port.
func isSIPLine(b []byte) (bool, error) {
	if !isTokenStart(b[0]) {
		return false, errNotSIP
	}
	line, _, ok := bytes.Cut(b, []byte{'\n'})
	switch {
	case !ok && len(b) <= sipmsg.MaxLine:
		return false, nil
	case !ok, !hasVersion(line):
		return false, errNotSIP
	}
	return true, nil
}

// isTokenStart reports whether a method, or SIP/2.0, may begin with c (RFC 3261
// §25.1, token).
func isTokenStart(c byte) bool {
	switch {
	case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return true
	}
	return bytes.IndexByte([]byte("-.!%*_+`'~"), c) >= 0
}

// hasVersion reports whether SIP/ stands in a start line as Request-Line and
// Status-Line have it: at the beginning, or after a blank.
func hasVersion(line []byte) bool {
	for i := 0; i+4 <= len(line); i++ {
		if bytes.EqualFold(line[i:i+4], []byte("SIP/")) && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return true
		}
	}
	return false
}

// headEnd returns where the body begins, or -1; the first seen octets have no
// end of the head. An empty line is an LF after an LF, a CR between them or not.
func headEnd(b []byte, seen int) int {
	for i := max(0, seen-2); ; {
		lf := bytes.IndexByte(b[i:], '\n')
		if lf < 0 {
			return -1
		}
		i += lf + 1
		switch {
		case i < len(b) && b[i] == '\n':
			return i + 1
		case i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n':
			return i + 2
		}
	}
}

// bodyLength returns the octets that follow a head. Content-Length must be given
// on a stream (RFC 3261 §20.14). Where it is not, as old phones do, there is no
// body if there is no Content-Type either, since a body must have one (§20.15);
// a head with Content-Type errs, for where its body ends nobody knows. The same
// length twice is one length; two lengths are none.
func bodyLength(head []byte) (int, error) {
	var (
		length string
		typed  bool
	)
	_, rest, _ := bytes.Cut(head, []byte{'\n'})
	for len(rest) > 0 {
		var line []byte
		line, rest = foldedLine(rest)
		switch line[0] {
		case 'c', 'C', 'l', 'L', ' ', '\t':
		default:
			continue // neither of the two fields, in full or compact form
		}
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			continue
		}
		switch name = bytes.TrimSpace(name); {
		case bytes.EqualFold(name, []byte("content-type")), bytes.EqualFold(name, []byte("c")):
			typed = true
		case bytes.EqualFold(name, []byte("content-length")), bytes.EqualFold(name, []byte("l")):
			one := string(bytes.TrimSpace(value))
			if one == "" || length != "" && one != length {
				return 0, errBadLength
			}
			length = one
		}
	}
	switch {
	case length != "":
	case typed:
		return 0, errNoLength
	default:
		return 0, nil
	}
	n, err := strconv.ParseUint(length, 10, 31)
	if err != nil {
		return 0, errBadLength
	}
	return int(n), nil
}

// foldedLine cuts the first line off b, with the lines that continue it (RFC 3261 §7.3.1).
func foldedLine(b []byte) (line, rest []byte) {
	for i := 0; ; {
		lf := bytes.IndexByte(b[i:], '\n')
		if lf < 0 {
			return b, nil
		}
		i += lf + 1
		if i >= len(b) || b[i] != ' ' && b[i] != '\t' {
			return b[:i], b[i:]
		}
	}
}
