package metrics

import (
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
)

// maxTrunks bounds the trunks that hours are kept of: those of the files that have run.
const maxTrunks = 1000

// trunkHour is what the calls over a trunk have come to, minute by minute.
type trunkHour [minutes]struct {
	at              int64 // minutes since 1970
	ended, answered int
	talked          time.Duration
}

// Hour is how the calls over a trunk went within the last hour.
type Hour struct {
	Calls, Answered int // that ended or were refused by it, and that were answered
	Talked          time.Duration
}

// Hour returns that of a trunk; zero for one without calls.
func (m *Collector) Hour(trunk string) Hour {
	n := time.Now().Unix() / perMinute
	m.mu.Lock()
	defer m.mu.Unlock()
	var sum Hour
	h := m.hours[trunk]
	if h == nil {
		return sum
	}
	for i := range h {
		if k := &h[i]; k.at > n-minutes && k.at <= n {
			sum.Calls, sum.Answered, sum.Talked = sum.Calls+k.ended, sum.Answered+k.answered, sum.Talked+k.talked
		}
	}
	return sum
}

// overLocked follows a call over its trunks: it counts for each that refuses it, and
// for the one that it ends over.
func (m *Collector) overLocked(c *call, e *bridge.Event) {
	switch {
	case e.Kind == bridge.Incoming && e.From.Kind == dialplan.FromTrunk:
		c.trunk = e.From.Name
	case e.Kind == bridge.Calling && e.Target.Kind == dialplan.TargetTrunk:
		c.trunk = e.Target.Name
	case e.Kind == bridge.Declined && e.Target.Kind == dialplan.TargetTrunk:
		m.endedOverLocked(e.Target.Name, e.At, false, 0)
		if c.trunk == e.Target.Name {
			c.trunk = ""
		}
	case e.Kind == bridge.Ended && c.trunk != "":
		m.endedOverLocked(c.trunk, e.At, !c.answered.IsZero(), e.Talked)
	}
}

func (m *Collector) endedOverLocked(trunk string, at time.Time, answered bool, talked time.Duration) {
	h := m.hours[trunk]
	if h == nil {
		if len(m.hours) >= maxTrunks {
			return
		}
		h = new(trunkHour)
		m.hours[trunk] = h
	}
	n := at.Unix() / perMinute
	k := &h[n%minutes]
	if k.at != n {
		k.at, k.ended, k.answered, k.talked = n, 0, 0, 0
	}
	k.ended++
	if answered {
		k.answered, k.talked = k.answered+1, k.talked+talked
	}
}
