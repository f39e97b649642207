package transport

import (
	"net/netip"
	"time"
)

// readPause is how long a reader waits after an error that is no end: without
// it a broken socket would take a core.
const readPause = 5 * time.Millisecond

// take judges one packet and hands it on.
func (p *Plain) take(b []byte, from netip.AddrPort, rtpPort bool, q *Batch) {
	if g := p.guard.Load(); g != nil {
		p.takeSecured(g, b, from, rtpPort, q)
		return
	}
	rtcp := !rtpPort || classify(b) == kindRTCP
	p.sinkMu.Lock()
	defer p.sinkMu.Unlock()
	if p.closed.Load() {
		return
	}
	if take := p.raw.Load(); take != nil && rtpPort {
		p.takeRaw(*take, b, from, q.now())
		return
	}
	if v := p.judge(b, from, q.now(), rtcp, rtpPort); v != accept {
		p.drop(v, rtcp)
		return
	}
	at := q.now()
	p.heard.Store(at)
	if rtcp {
		p.count.rtcpIn.Add(1)
		p.sink.RTCP(b, at)
		return
	}
	p.count.packetsIn.Add(1)
	p.count.octetsIn.Add(uint64(len(b)))
	p.sink.RTP(b, at, q)
}

// judge asks the latch and follows what it has learned.
func (p *Plain) judge(b []byte, from netip.AddrPort, at int64, rtcp, rtpPort bool) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	source, control := p.latch.source, p.latch.rtcp
	var v verdict
	if rtcp {
		v = p.latch.rtcpFrom(from, b, rtpPort)
	} else {
		v = p.latch.rtpFrom(from, b, at, from != source && at-p.heard.Load() > int64(movedAfter))
	}
	if p.latch.source != source || p.latch.rtcp != control {
		p.aimLocked()
	}
	return v
}

func (p *Plain) drop(v verdict, rtcp bool) {
	switch {
	case v == malformed:
		p.count.malformed.Add(1)
	case v == judging:
		p.count.probation.Add(1)
	case rtcp:
		p.count.rtcpStranger.Add(1)
	default:
		p.count.stranger.Add(1)
	}
}
