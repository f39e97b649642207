//go:build !linux

package transport

import "net/netip"

// Batch is what one reader has to send when it is through with the packets that
// it took off its sockets at one moment. Here nothing is kept: many packets by
// one system call is something of Linux.
type Batch struct{}

// NewBatch returns a Batch for who makes packets.
func NewBatch() *Batch { return &Batch{} }

// Since returns when the first came of the packets that wait: none does.
func (q *Batch) Since() int64 { return 0 }

// Flush sends what is kept, so that what is written next does not overtake it.
func (q *Batch) Flush() {}

func (q *Batch) now() int64 { return Now() }

func (q *Batch) keep([]byte, *udpSocket, netip.AddrPort, *legCounters) bool { return false }

func (q *Batch) add([]byte, target, *legCounters) bool { return false }
