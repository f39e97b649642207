package media

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// RTCP packet types (RFC 3550 §12.1).
const (
	rtcpSR   = 200
	rtcpRR   = 201
	rtcpSDES = 202
	rtcpBYE  = 203
)

const (
	reportInterval = 5 * time.Second // RFC 3550 §6.2
	// maxReport is a sender report with one block, SDES with a CNAME, an extended
	// report and BYE.
	maxReport = 28 + 24 + 32 + maxExtended + 8
)

// nextReport returns when the report after one at now is due: 0.5 to 1.5
// intervals later, so that reports of many calls do not come together (RFC 3550
// §6.3.1).
func nextReport(now int64) int64 {
	return now + int64(reportInterval)/2 + rand.Int64N(int64(reportInterval))
}

// ntp returns a wall clock time as an NTP timestamp: seconds since 1900 and a
// fraction of 32 bits (RFC 3550 §4).
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// senderInfo is the part of a sender report about what was sent.
type senderInfo struct {
	ntp             uint64
	ts              uint32
	packets, octets uint32
}

// ownReport is a compound packet of ours.
type ownReport struct {
	ssrc   uint32
	cname  string // at most 16 octets
	sender *senderInfo
	block  *report
	more   *extended
	bye    bool
}

// append writes the compound packet behind b: SR or RR, SDES with CNAME, XR, and
// BYE where it is the last (RFC 3550 §6.1).
func (o *ownReport) append(b []byte) []byte {
	blocks := 0
	if o.block != nil {
		blocks = 1
	}
	kind, words := uint32(rtcpRR), 1+6*blocks
	if o.sender != nil {
		kind, words = rtcpSR, 6+6*blocks
	}
	be := binary.BigEndian
	b = be.AppendUint32(b, 2<<30|uint32(blocks)<<24|kind<<16|uint32(words))
	b = be.AppendUint32(b, o.ssrc)
	if s := o.sender; s != nil {
		b = be.AppendUint64(b, s.ntp)
		b = be.AppendUint32(b, s.ts)
		b = be.AppendUint32(b, s.packets)
		b = be.AppendUint32(b, s.octets)
	}
	if r := o.block; r != nil {
		b = be.AppendUint32(b, r.ssrc)
		b = be.AppendUint32(b, uint32(r.fraction)<<24|uint32(r.lost)&0xffffff)
		b = be.AppendUint32(b, r.highest)
		b = be.AppendUint32(b, r.jitter)
		b = be.AppendUint32(b, r.lastSR)
		b = be.AppendUint32(b, r.delay)
	}
	// SDES: the item list ends with at least one zero octet, on a whole word.
	items := (2+len(o.cname))/4*4 + 4
	b = be.AppendUint32(b, 2<<30|1<<24|rtcpSDES<<16|uint32(1+items/4))
	b = be.AppendUint32(b, o.ssrc)
	b = append(b, 1, byte(len(o.cname)))
	b = append(b, o.cname...)
	for range items - 2 - len(o.cname) {
		b = append(b, 0)
	}
	b = o.more.append(b, o.ssrc)
	if o.bye {
		b = be.AppendUint32(b, 2<<30|1<<24|rtcpBYE<<16|1)
		b = be.AppendUint32(b, o.ssrc)
	}
	return b
}

// sendReport sends the report that is due. wall is the wall clock at now. As a
// sender reports who has sent since the report before the last (RFC 3550
// §6.4); watch remembers that.
func (ep *Endpoint) sendReport(w *watch, now int64, wall time.Time, bye bool) {
	o := ownReport{ssrc: ep.line.ssrc, cname: ep.cname, bye: bye}
	ts, packets, octets, started := ep.line.now(now)
	if started && (packets != w.sent[0] || packets != w.sent[1] || bye) {
		o.sender = &senderInfo{ntp: ntp(wall), ts: ts, packets: packets, octets: octets}
	}
	w.sent[1], w.sent[0] = w.sent[0], packets
	if b, ok := ep.in.takeReport(now); ok {
		o.block = &b
	}
	o.more = ep.extended(o.sender == nil, now, wall)
	ep.reported.Store(true)
	b := o.append(make([]byte, 0, maxReport+transport.Tail))
	ep.showReport(b, false)
	if ep.wire.WriteRTCP(b) != nil {
		ep.count.brokenWrites.Add(1)
	}
}

// sendBye sends the last report; who has never sent anything says nothing (RFC
// 3550 §6.3.7).
func (ep *Endpoint) sendBye() {
	_, _, _, started := ep.line.now(transport.Now())
	if ep.terms.Load() != nil && (started || ep.reported.Load()) {
		var w watch
		ep.sendReport(&w, transport.Now(), time.Now(), true)
	}
}
