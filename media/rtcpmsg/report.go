package rtcpmsg

import (
	"encoding/binary"
	"time"
)

// Packet types (RFC 3550 §12.1).
const (
	SR   = 200
	RR   = 201
	sdes = 202
	BYE  = 203
)

// MaxReport is the longest report of ours: a sender report with one block, SDES with a
// CNAME, an extended report and BYE.
const MaxReport = 28 + 24 + 32 + maxExtended + 8

// NTP returns a wall clock time as an NTP timestamp: seconds since 1900 and a
// fraction of 32 bits (RFC 3550 §4).
func NTP(t time.Time) uint64 {
	const since1900 = 2208988800
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// Sender is the part of a sender report about what was sent.
type Sender struct {
	NTP             uint64
	TS              uint32
	Packets, Octets uint32
}

// Report is a compound packet of ours: what is nil is not in it.
type Report struct {
	SSRC   uint32
	CNAME  string // at most 16 octets
	Sender *Sender
	Block  *Block
	More   *Extended
	Bye    bool
}

// Append writes the compound packet behind b: SR or RR, SDES with CNAME, XR, and
// BYE where it is the last (RFC 3550 §6.1).
func (o *Report) Append(b []byte) []byte {
	blocks := 0
	if o.Block != nil {
		blocks = 1
	}
	kind, words := uint32(RR), 1+6*blocks
	if o.Sender != nil {
		kind, words = SR, 6+6*blocks
	}
	be := binary.BigEndian
	b = be.AppendUint32(b, 2<<30|uint32(blocks)<<24|kind<<16|uint32(words))
	b = be.AppendUint32(b, o.SSRC)
	if s := o.Sender; s != nil {
		b = be.AppendUint64(b, s.NTP)
		b = be.AppendUint32(b, s.TS)
		b = be.AppendUint32(b, s.Packets)
		b = be.AppendUint32(b, s.Octets)
	}
	if r := o.Block; r != nil {
		b = be.AppendUint32(b, r.SSRC)
		b = be.AppendUint32(b, uint32(r.Fraction)<<24|uint32(r.Lost)&0xffffff)
		b = be.AppendUint32(b, r.Highest)
		b = be.AppendUint32(b, r.Jitter)
		b = be.AppendUint32(b, r.LastSR)
		b = be.AppendUint32(b, r.Delay)
	}
	// SDES: the item list ends with at least one zero octet, on a whole word.
	items := (2+len(o.CNAME))/4*4 + 4
	b = be.AppendUint32(b, 2<<30|1<<24|sdes<<16|uint32(1+items/4))
	b = be.AppendUint32(b, o.SSRC)
	b = append(b, 1, byte(len(o.CNAME)))
	b = append(b, o.CNAME...)
	for range items - 2 - len(o.CNAME) {
		b = append(b, 0)
	}
	b = o.More.append(b, o.SSRC)
	if o.Bye {
		b = be.AppendUint32(b, 2<<30|1<<24|BYE<<16|1)
		b = be.AppendUint32(b, o.SSRC)
	}
	return b
}

// Block is one report block about a stream (RFC 3550 §6.4.1).
type Block struct {
	SSRC     uint32
	Fraction uint8
	Lost     int32 // 24 bits, signed
	Highest  uint32
	Jitter   uint32
	LastSR   uint32
	Delay    uint32 // since LastSR, in 1/65536 s
}
