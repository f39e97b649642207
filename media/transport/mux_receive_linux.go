package transport

import "time"

// read is the goroutine of one socket: it takes what has come, as many datagrams
// by one system call as there are, deals with each, and sends what is to be
// relayed. It ends when the socket is closed.
func (m *Mux) read(s *muxSocket) {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return // closed already
	}
	r, q := newReceiver(), &Batch{}
	// The function is called again whenever something has come.
	_ = raw.Read(func(fd uintptr) (done bool) {
		for !s.users.isClosed() {
			n, errno := r.receive(int(fd), 0, slots)
			if errno != 0 {
				m.count.readErrors.Add(1)
				time.Sleep(readPause)
				continue
			}
			if m.takeAll(s, r, n, q); n < slots {
				return false
			}
		}
		return true
	})
}

// takeAll deals with what one system call has brought.
func (m *Mux) takeAll(s *muxSocket, r *receiver, n int, q *Batch) {
	if n == 0 {
		return
	}
	q.at = Now()
	owners := m.ahead(r, n)
	for i := range n {
		b, from, ok := r.datagram(i)
		switch {
		case !ok:
			m.count.tooLong.Add(1)
		case owners[i] != nil:
			owners[i].takeMedia(b, false, q)
		default:
			m.take(datagram{b, from, s}, q)
		}
	}
	q.Flush()
}
