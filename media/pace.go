package media

import "time"

const (
	// A frame that has not come is made up this long after it should have, at
	// least and at most; between them it is how late packets of the source are.
	leastWait = 40 * time.Millisecond
	mostWait  = 120 * time.Millisecond
	// pauseWait is leastWait for a source that has said that it pauses.
	pauseWait = 20 * time.Millisecond
	// waitSpare is what is waited beyond the latest packet of late.
	waitSpare = 15 * time.Millisecond
	// Of how late a packet is, one part in so many counts as a clock that drifts
	// or a way that became longer, and one part in so many is forgotten.
	paceDrift  = 256
	paceForget = 128
)

// pace tells when packets of a source should come: each as long after the one
// before as its timestamp says, and none earlier than the earliest did. It needs
// no clock of the source, only its timestamps.
type pace struct {
	set   bool
	ts    uint32
	clock uint32
	at    int64 // when a packet of timestamp ts should come
	worst int64 // how late packets were of late, ns
}

// expected returns when a packet of a timestamp should come.
func (p *pace) expected(ts uint32) int64 {
	return p.at + int64(int32(ts-p.ts))*int64(time.Second)/int64(p.clock)
}

// leaps reports whether a packet came so early or late that its timestamp and
// the wall clock are not of one stream.
func (p *pace) leaps(ts uint32, at int64) bool {
	if !p.set {
		return false
	}
	late := at - p.expected(ts)
	return late > int64(leap) || late < -int64(leap)
}

// note takes a packet of timestamp ts, which came at a time, into account.
func (p *pace) note(ts, clock uint32, at int64) {
	if !p.set || clock != p.clock || p.leaps(ts, at) {
		*p = pace{set: true, ts: ts, clock: clock, at: at}
		return
	}
	late := at - p.expected(ts)
	if late < 0 {
		p.ts, p.at, late = ts, at, 0
	} else {
		p.ts, p.at = ts, at-late+late/paceDrift
	}
	if late > p.worst {
		p.worst = late
	} else {
		p.worst -= (p.worst - late) / paceForget
	}
}

// restart says that a packet came when it should have: what comes will be as late
// as it was.
func (p *pace) restart(ts uint32, at int64) { p.ts, p.at = ts, at }

// wait returns how long after it should have come a frame is given up.
func (p *pace) wait(least time.Duration) int64 {
	return max(int64(least), min(p.worst+int64(waitSpare), int64(mostWait)))
}
