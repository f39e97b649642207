package media

import (
	"math/rand/v2"
	"time"

	"github.com/tandemgw/tandem/media/rtcpmsg"
	"github.com/tandemgw/tandem/media/transport"
)

const reportInterval = 5 * time.Second // RFC 3550 §6.2

// nextReport returns when the report after one at now is due: 0.5 to 1.5
// intervals later, so that reports of many calls do not come together (RFC 3550
// §6.3.1).
func nextReport(now int64) int64 {
	return now + int64(reportInterval)/2 + rand.Int64N(int64(reportInterval))
}

// sendReport sends the report that is due. wall is the wall clock at now. As a
// sender reports who has sent since the report before the last (RFC 3550
// §6.4); watch remembers that.
func (ep *Endpoint) sendReport(w *watch, now int64, wall time.Time, bye bool) {
	o := rtcpmsg.Report{SSRC: ep.line.ssrc, CNAME: ep.cname, Bye: bye}
	ts, packets, octets, started := ep.line.now(now)
	if started && (packets != w.sent[0] || packets != w.sent[1] || bye) {
		o.Sender = &rtcpmsg.Sender{NTP: rtcpmsg.NTP(wall), TS: ts, Packets: packets, Octets: octets}
	}
	w.sent[1], w.sent[0] = w.sent[0], packets
	if b, ok := ep.in.takeReport(now); ok {
		o.Block = &b
	}
	o.More = ep.extended(o.Sender == nil, now, wall)
	ep.reported.Store(true)
	b := o.Append(make([]byte, 0, rtcpmsg.MaxReport+transport.Tail))
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
