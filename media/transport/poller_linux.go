package transport

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Bounds of a poller.
const (
	pollEvents = 64 // sockets it is told of by one system call
	perSocket  = 4  // datagrams it takes off one socket by one system call
	share      = 64 // datagrams it takes off one socket before the others' turn
)

// pollers read the sockets of all plain legs: as many goroutines as there are
// cores, each with an epoll of its own that the runtime's poller watches. So a
// burst on many sockets is one goroutine's work, and what it brings to browsers
// goes out by few system calls.
type pollers struct {
	legs []atomic.Pointer[Plain] // by RTP port, from the lowest on; immutable
	low  uint16
	all  []*poller
	done sync.WaitGroup
}

// poller is one of them. What is not named as shared is its goroutine's.
type poller struct {
	set    *pollers
	file   *os.File // of the epoll
	ending atomic.Bool
	inbox  *receiver
	used   int // slots of the inbox
	out    Batch
	events [pollEvents]unix.EpollEvent
	left   []unix.EpollEvent // sockets that have more than their share
	before []unix.EpollEvent // those of the round before
}

// startPollers starts n of them for the ports from low to high.
func startPollers(n int, low, high uint16) (*pollers, error) {
	low &^= 1 // RTP takes even ports, RTCP the odd one above
	ps := &pollers{low: low, legs: make([]atomic.Pointer[Plain], (int(high)-int(low))/2+1)}
	for range n {
		p, err := newPoller(ps)
		if err != nil {
			ps.close()
			return nil, err
		}
		ps.all = append(ps.all, p)
		ps.done.Go(p.run)
	}
	return ps, nil
}

func newPoller(ps *pollers) (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // lets the runtime watch it
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	return &poller{set: ps, file: os.NewFile(uintptr(fd), "epoll"), inbox: newReceiver()}, nil
}

// add begins to read the sockets of a leg. They leave when they are closed.
func (ps *pollers) add(pl *Plain) error {
	ps.legs[(pl.port-ps.low)/2].Store(pl)
	p := ps.all[int(pl.port/2)%len(ps.all)]
	raw, err := p.file.SyscallConn()
	if err != nil {
		return ErrClosed
	}
	var failed error
	err = raw.Control(func(ep uintptr) {
		for i, s := range []*udpSocket{pl.rtp, pl.rtcp} {
			e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(pl.port) + int32(i)}
			if err := unix.EpollCtl(int(ep), unix.EPOLL_CTL_ADD, s.fd, &e); err != nil && failed == nil {
				failed = os.NewSyscallError("epoll_ctl", err)
			}
		}
	})
	if err != nil {
		return ErrClosed
	}
	return failed
}

// remove forgets a leg.
func (ps *pollers) remove(pl *Plain) {
	ps.legs[(pl.port-ps.low)/2].CompareAndSwap(pl, nil)
}

// close ends the goroutines and waits for them.
func (ps *pollers) close() {
	for _, p := range ps.all {
		p.ending.Store(true)
		_ = p.file.Close()
	}
	ps.done.Wait()
}

// run is the goroutine.
func (p *poller) run() {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return
	}
	// The function is called again whenever a socket has something new.
	_ = raw.Read(func(ep uintptr) (done bool) {
		for !p.ending.Load() {
			n, errno := p.wait(int(ep))
			if errno != 0 {
				time.Sleep(readPause)
				continue
			}
			if p.round(n); n < pollEvents && len(p.left) == 0 {
				return false
			}
		}
		return true
	})
}

// wait asks which sockets have something new, without waiting.
func (p *poller) wait(ep int) (int, syscall.Errno) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(ep), uintptr(unsafe.Pointer(&p.events)), pollEvents, 0, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

// round reads the sockets that the first n events tell of, and those left over
// from the round before, and sends what is to be relayed.
func (p *poller) round(n int) {
	if n == 0 && len(p.left) == 0 {
		return
	}
	p.out.at = Now()
	p.before, p.left = p.left, p.before[:0]
	p.serve(p.before)
	p.serve(p.events[:n])
	p.flush()
}

func (p *poller) serve(events []unix.EpollEvent) {
	if len(events) > 1 {
		p.ahead(events)
	}
	for _, e := range events {
		port := uint16(e.Fd)
		pl := p.set.legs[(port-p.set.low)/2].Load()
		if pl == nil {
			continue
		}
		s := pl.rtp
		if port != pl.port {
			s = pl.rtcp
		}
		if !p.drain(pl, s, port == pl.port) {
			p.left = append(p.left, e)
		}
	}
}

// ahead asks for what the packets touch that are about to be read.
func (p *poller) ahead(events []unix.EpollEvent) {
	for step := range stepsAhead {
		for _, e := range events {
			port := uint16(e.Fd)
			if pl := p.set.legs[(port-p.set.low)/2].Load(); pl != nil && port == pl.port {
				pl.fetchIn(step)
			}
		}
	}
}

// drain takes off one socket what there is; false means that there is more, and
// that it is another's turn.
func (p *poller) drain(pl *Plain, s *udpSocket, rtpPort bool) bool {
	for range share / perSocket {
		if p.used+perSocket > slots {
			p.flush()
		}
		if !s.users.enter() {
			return true
		}
		n, errno := p.inbox.receive(s.fd, p.used, perSocket)
		s.leave()
		if errno != 0 {
			pl.count.readErrors.Add(1) // an error of the socket is told once, and over
			continue
		}
		for i := p.used; i < p.used+n; i++ {
			pl.arrived(p.inbox, i, rtpPort, &p.out)
		}
		p.used += n
		if n < perSocket {
			return true
		}
	}
	return false
}

// flush sends what is kept; the slots are free again.
func (p *poller) flush() {
	p.out.Flush()
	p.used = 0
}

// arrived takes one datagram off a slot.
func (p *Plain) arrived(r *receiver, i int, rtpPort bool, q *Batch) {
	p.markUsed()
	b, from, ok := r.datagram(i)
	if !ok {
		p.count.tooLong.Add(1)
		return
	}
	p.take(b, from, rtpPort, q)
}
