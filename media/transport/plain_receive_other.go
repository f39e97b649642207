//go:build !linux

package transport

import (
	"errors"
	"net"
	"sync"
	"time"
)

// pollers read the sockets of all plain legs: here by two goroutines for each.
type pollers struct {
	running sync.WaitGroup
	buffers sync.Pool // *[]byte
}

func startPollers(_ int, _, _ uint16) (*pollers, error) {
	ps := &pollers{}
	ps.buffers.New = func() any { b := make([]byte, maxPacket+1+Tail); return &b }
	return ps, nil
}

// add begins to read the sockets of a leg.
func (ps *pollers) add(pl *Plain) error {
	ps.running.Go(func() { ps.read(pl, pl.rtp, true) })
	ps.running.Go(func() { ps.read(pl, pl.rtcp, false) })
	return nil
}

// remove forgets a leg, whose goroutines end with its sockets.
func (ps *pollers) remove(*Plain) {}

// close waits for the goroutines; every leg has been closed before.
func (ps *pollers) close() { ps.running.Wait() }

// read is the goroutine of one socket. It ends when the socket is closed.
func (ps *pollers) read(p *Plain, s *udpSocket, rtpPort bool) {
	spare := ps.buffers.Get().(*[]byte)
	defer ps.buffers.Put(spare)
	buf := *spare
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf[:maxPacket+1])
		if err == nil {
			p.markUsed()
		}
		switch {
		case err == nil && n > maxPacket:
			p.count.tooLong.Add(1)
		case err == nil:
			p.take(buf[:n], unmap(from), rtpPort, nil)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			p.count.readErrors.Add(1)
			time.Sleep(readPause)
		}
	}
}
