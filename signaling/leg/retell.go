package leg

import "time"

// retellAfter is how long after an offer that was not answered the far end is told how things
// are: what has lost the one may lose the other.
const retellAfter = 10 * time.Second

// retell: a far end that lives has not answered an offer of ours. It may have taken it, and only
// its answer was lost, or it may not know of it; here all is as it was (RFC 3261 §14.1). So it is
// offered once more what is wanted now, for both to have one idea of it (RFC 6141 §3.4). Where that
// is not answered either, the next request that refreshes says it.
//
//	here                         far end
//	|-- re-INVITE, hold ------------>|  holds
//	|            x-------------- 200 |  again and again, for 32 s
//	|-- re-INVITE, how things are -->|
//	|<-- 200 ------------------------|
func (l *leg) retell(ch *change) {
	before := l.session.Doubted()
	l.session.Doubt()
	if before {
		return
	}
	l.change.hold, l.change.retell = ch.wish, true
	l.rest(retellAfter)
}
