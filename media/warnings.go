package media

import "time"

// warnEvery is how often at most a leg's losses are told.
const warnEvery = 10 * time.Second

// warnings tells in the log what was dropped, once per interval with counts and
// never for each packet.
type warnings struct {
	at   int64 // end of the last interval
	told tally
}

// tally is what is worth a warning.
type tally struct {
	refused, rtcpMalformed, dropped, writes, encodes, digits, flooded uint64
}

func (ep *Endpoint) tally() tally {
	return tally{
		refused: ep.count.refused.Load(), rtcpMalformed: ep.count.rtcpMalformed.Load(),
		dropped: ep.count.dropped.Load(), writes: ep.count.brokenWrites.Load(),
		encodes: ep.count.encodeErrors.Load(), digits: ep.count.digitsUnsent.Load(),
		flooded: ep.floods(),
	}
}

// check warns when the interval is over and something was dropped in it.
func (w *warnings) check(ep *Endpoint, now int64) {
	if now-w.at < int64(warnEvery) {
		return
	}
	w.at = now
	t := ep.tally()
	if t == w.told {
		return
	}
	ep.log.Warn("media packets dropped",
		"not_agreed", t.refused-w.told.refused,
		"beyond_quota", t.flooded-w.told.flooded,
		"worker_late", t.dropped-w.told.dropped,
		"rtcp_malformed", t.rtcpMalformed-w.told.rtcpMalformed,
		"unwritten", t.writes-w.told.writes,
		"not_encoded", t.encodes-w.told.encodes,
		"digits_unsent", t.digits-w.told.digits)
	w.told = t
}
