package transport

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Batch is what one reader has to send when it is through with the packets that
// it took off its sockets at one moment: one system call for each of the
// browsers' sockets. What is made on a worker waits in one of NewBatch, so that who
// receives it is woken once. A nil Batch keeps nothing. It is used by one goroutine.
type Batch struct {
	at     int64 // when what is being read arrived
	sheets []*sheet
	kept   *kept // of NewBatch
}

// sheet is what goes out by one socket.
type sheet struct {
	via     *udpSocket
	n       int
	headers [slots]unix.Mmsghdr
	vectors [slots]unix.Iovec
	names   [slots]sockaddr
	from    [slots]*legCounters // whose the packets are
}

func newSheet(via *udpSocket) *sheet {
	s := &sheet{via: via}
	for i := range s.headers {
		h := &s.headers[i].Hdr
		h.Name = (*byte)(unsafe.Pointer(&s.names[i]))
		h.Iov = &s.vectors[i]
		h.SetIovlen(1)
	}
	return s
}

// now returns the time at which what is being read arrived.
func (q *Batch) now() int64 {
	if q == nil || q.at == 0 {
		return Now()
	}
	return q.at
}

// add keeps a packet until flush. false means that it is to be sent by itself.
func (q *Batch) add(b []byte, t target, count *legCounters) bool {
	if q == nil || t.via == nil || t.via.link != nil || len(b) == 0 {
		return false
	}
	if q.kept != nil {
		if b = q.copied(b); b == nil {
			return false
		}
	}
	s := q.sheet(t.via.udpSocket)
	if s.names[s.n].set(t.addr, s.via.inet6) != nil {
		return false
	}
	h := &s.headers[s.n].Hdr
	h.Namelen = s.names[s.n].size()
	h.Control = nil
	h.SetControllen(0)
	if t.video {
		s.via.mark.put(h)
	}
	s.vectors[s.n].Base = &b[0]
	s.vectors[s.n].SetLen(len(b))
	s.from[s.n] = count
	if s.n++; s.n == slots {
		s.flush()
	}
	return true
}

// sheet finds the one of a socket; there are as many as the browsers' port has
// sockets, one or two mostly.
func (q *Batch) sheet(via *udpSocket) *sheet {
	for _, s := range q.sheets {
		if s.via == via {
			return s
		}
	}
	s := newSheet(via)
	q.sheets = append(q.sheets, s)
	return s
}

// Flush sends what is kept, so that what is written next does not overtake it.
func (q *Batch) Flush() {
	if q == nil {
		return
	}
	for _, s := range q.sheets {
		if s.n > 0 {
			s.flush()
		}
	}
	if q.kept != nil {
		q.kept.flush()
	}
}

func (s *sheet) flush() {
	if s.via.users.enter() {
		s.send()
		s.via.leave()
	}
	for i := range s.n { // the buffers are whose the Batch is
		s.vectors[i].Base, s.from[i] = nil, nil
	}
	s.n = 0
}

// send writes one datagram after the other, by one system call if none is
// refused. What the socket has no room for is lost.
func (s *sheet) send() {
	for done := 0; done < s.n; {
		sent, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(s.via.fd),
			uintptr(unsafe.Pointer(&s.headers[done])), uintptr(s.n-done), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			done += max(int(sent), 1)
		case unix.EINTR:
		case unix.EINVAL:
			if h := &s.headers[done].Hdr; h.Control != nil {
				h.Control = nil // a kernel that marks no single packets
				h.SetControllen(0)
				continue
			}
			fallthrough
		default:
			s.from[done].writeErrors.Add(1)
			done++
		}
	}
}
