package leg

import (
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
)

// takeAnswerAnd is takeAnswer of an answer to an offer that was not about lines: one in an
// ACK, or to a hold, a refresh, another codec. A far end may give a line up in any answer (RFC
// 3264 §6), or have it flow another way; then the other party is told as it is of an offer. A
// hold is this leg's own affair: what it gives up on hold is told when that is over.
//
//	A                  here                       B
//	|-- re-INVITE ------>|                         |
//	|<- 200, video ------|                         |
//	|-- ACK, no video -->|--- re-INVITE, none ---->|
func (l *leg) takeAnswerAnd(body []byte) error {
	if err := l.takeAnswer(body); err != nil {
		return err
	}
	now, other := l.Lines(), l.owner.Other(l.self)
	same := media.SameLines(l.lines.known, now)
	if l.holding { // all are inactive
		same = len(without(l.lines.known, now)) == 0
	}
	if same && !l.outdated() || l.held || l.state != confirmed || other == nil {
		return nil
	}
	if w := l.change.lines; w != nil && w.done != nil { // it is to be offered what decides
		return nil
	}
	l.lines.known, l.lines.asked = l.agreed(), other
	l.owner.Relined(l.self, now, func(agreed []media.LineOffer) {
		if l.state != confirmed {
			return
		}
		if l.flowsAs(agreed) {
			l.lines.theirs = agreed
			return
		}
		l.Reline(agreed, nil)
	})
	return nil
}

// flowsAs reports whether lines of the other party would flow in the session as they do now.
func (l *leg) flowsAs(lines []media.LineOffer) bool {
	s := l.session.Agreed()
	if s == nil || len(within(lines, l.agreed())) != len(lines) {
		return false
	}
	for i := range s.Lines {
		now := &s.Lines[i]
		found := within(lines, []media.LineOffer{{Kind: now.Kind, Number: now.Number}})
		if now.Kind != sdp.KindVideo || len(found) != 1 || found[0].Direction.Intersect(now.Remote.Direction.Reverse()) != now.Direction {
			return false
		}
	}
	return true
}
