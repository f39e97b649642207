package leg

import (
	"slices"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/txn"
)

// lines is what a leg has beside its sound: video, fax.
type lines struct {
	theirs   []media.LineOffer // what the other party has, as our descriptions say it
	known    []media.LineOffer // what the far end has offered, or agreed to, as the call knows
	asked    bridge.Leg        // the other party that knows of known, and may have refused some of them; nil for none
	kept     []media.LineOffer // pictures that the far end would not give up: they are agreed, and nothing flows
	deferred *deferred         // a re-INVITE or an UPDATE that waits for the other party; nil for none
}

// wantedLines are lines that the far end is to be offered.
type wantedLines struct {
	lines []media.LineOffer
	kept  []media.LineOffer       // as in lines
	done  func([]media.LineOffer) // may be nil
}

// deferred is a re-INVITE or an UPDATE that is answered once the other party has said
// which lines it agrees to.
type deferred struct {
	tx      *txn.Server
	req     *sip.Request
	body    []byte
	offered []media.LineOffer
	givesUp bool // lines alone are taken away: nobody has to agree
}

// within are those of lines that are among others, too.
func within(lines, others []media.LineOffer) []media.LineOffer {
	return slices.DeleteFunc(slices.Clone(lines), func(o media.LineOffer) bool {
		return !slices.ContainsFunc(others, func(p media.LineOffer) bool { return p.Kind == o.Kind && p.Number == o.Number })
	})
}

// without are those of lines that are not among others.
func without(lines, others []media.LineOffer) []media.LineOffer {
	common := within(lines, others)
	return slices.DeleteFunc(slices.Clone(lines), func(o media.LineOffer) bool {
		return slices.ContainsFunc(common, func(p media.LineOffer) bool { return p.Kind == o.Kind && p.Number == o.Number })
	})
}

// allowed are those of lines that the far end may have.
func (l *leg) allowed(lines []media.LineOffer) []media.LineOffer {
	return slices.DeleteFunc(slices.Clone(lines), func(o media.LineOffer) bool {
		return o.Kind == sdp.KindVideo && !l.mayHaveVideo() || o.Kind == sdp.KindImage && l.profile != sdp.Plain
	})
}

func (l *leg) mayHaveVideo() bool {
	if l.core.policy().NoVideo {
		return false
	}
	if t := l.core.Trunks.Serving(l.peerTrunk); t != nil {
		return t.Config().Video
	}
	u, ok := l.core.Users.Find(l.peerUser)
	return l.peerUser != "" && l.peerTrunk == "" && !(ok && u.NoVideo)
}

// faxes says that there is a line for fax, which goes in place of the sound.
func faxes(lines []sdp.LocalLine) bool {
	return slices.ContainsFunc(lines, func(l sdp.LocalLine) bool { return l.Kind == sdp.KindImage })
}

// linesNow are the lines of our next description: all in an offer, in an answer
// those that it answers. While we hold the far end, nobody sees anything.
func (l *leg) linesNow(offer *sdp.Remote) []media.LineOffer {
	var now []media.LineOffer
	for _, o := range l.allowed(l.lines.theirs) {
		if offer != nil && offer.Line(o.Kind, o.Number) == nil {
			continue
		}
		if l.holding && o.Kind == sdp.KindVideo {
			o.Direction = sdp.Inactive
		}
		now = append(now, o)
	}
	for _, o := range without(within(l.agreed(), l.lines.kept), l.lines.theirs) {
		if offer == nil || offer.Line(o.Kind, o.Number) != nil {
			o.Direction = sdp.Inactive
			now = append(now, o)
		}
	}
	return now
}

// agreed are the lines of the session.
func (l *leg) agreed() []media.LineOffer {
	if s := l.session.Agreed(); s != nil {
		return l.allowed(media.AgreedLines(s))
	}
	return l.allowed(l.lines.known)
}

// Lines implements bridge.Leg. A line that the far end merely keeps is nobody else's affair,
// nor is that nothing is sent there while it holds: the call is not told when that is over.
func (l *leg) Lines() []media.LineOffer {
	all := without(l.agreed(), without(l.lines.kept, l.lines.theirs))
	for i := range all {
		if known := within(l.lines.known, all[i:i+1]); l.held && len(known) > 0 {
			all[i].Direction = known[0].Direction
		}
	}
	return all
}

// Flowing implements bridge.Leg. A hold is this leg's own affair, as in Lines.
func (l *leg) Flowing() []media.LineOffer {
	all, s := l.Lines(), l.session.Agreed()
	if s == nil || l.held || l.holding {
		return all
	}
	for i := range all {
		if now := s.Line(all[i].Kind, all[i].Number); now != nil && now.Kind == sdp.KindVideo {
			all[i].Direction = all[i].Direction.Intersect(now.Direction.Reverse())
		}
	}
	return all
}

// see takes over what another party has, which knows what ours has offered; nil has nothing.
func (l *leg) see(other bridge.Leg) {
	l.lines.asked = other
	if l.lines.theirs = nil; other != nil {
		l.lines.theirs = other.Lines()
	}
}

// Reline implements bridge.Leg.
func (l *leg) Reline(lines []media.LineOffer, done func([]media.LineOffer)) {
	w := &wantedLines{lines: l.allowed(lines), done: done}
	if l.state != confirmed || l.change.lines == nil && l.offered(w.lines) {
		if ch := l.change.sent; ch != nil && ch.lines != nil { // asked, and not answered yet
			ch.lines.also(w.done)
			return
		}
		w.tell(l)
		return
	}
	if before := l.change.lines; before != nil { // the newest wish wins
		before.tell(l)
	}
	l.change.lines = w
	l.reoffer()
}

// offered says that the far end has been offered these lines already, in formats
// that come first now.
func (l *leg) offered(lines []media.LineOffer) bool {
	same := func(a, b media.LineOffer) bool {
		return len(a.Codecs) == 0 || len(b.Codecs) == 0 || a.Codecs[0].Matches(b.Codecs[0])
	}
	return media.SameLines(lines, l.lines.theirs) && !media.Unturned(l.lines.theirs, lines) && slices.EqualFunc(lines, l.lines.theirs, same)
}

// also lets somebody else know, too, what is agreed; nil is nobody.
func (w *wantedLines) also(done func([]media.LineOffer)) {
	first := w.done
	if first == nil || done == nil {
		if first == nil {
			w.done = done
		}
		return
	}
	w.done = func(agreed []media.LineOffer) {
		first(agreed)
		done(agreed)
	}
}

// tell says what is agreed.
func (w *wantedLines) tell(l *leg) {
	if done := w.done; done != nil {
		w.done = nil
		done(l.Flowing())
	}
}

// relined tells what came of a change that was about lines.
func (l *leg) relined(ch *change) {
	if ch.lines != nil {
		l.lines.known = l.agreed()
		ch.lines.tell(l)
	}
}

// keeps takes a refusal of an offer that takes pictures away. RFC 3264 §8.2 leaves the far
// end no choice, but a refusal leaves the session as it was (RFC 3261 §14.1): what the line
// has now is nothing, and it is asked once to have it so. Later descriptions of ours say the
// same. Where it is to have by now what it has kept, nothing is asked at all.
func (l *leg) keeps(ch *change) {
	if ch.lines == nil || ch.lines.kept != nil {
		return
	}
	if w := l.change.lines; w != nil && w.kept == nil && l.offered(w.lines) {
		l.change.lines = nil
		w.tell(l)
		return
	}
	kept := without(within(l.agreed(), slices.Concat(ch.had, ch.kept)), ch.lines.lines)
	kept = slices.DeleteFunc(kept, func(o media.LineOffer) bool { return o.Kind != sdp.KindVideo })
	if len(kept) > 0 {
		l.lines.theirs, l.lines.kept = ch.lines.lines, kept
	}
	l.still()
}

// still wants nothing to flow in lines that the far end merely keeps, unless something newer is
// wanted of its lines: what becomes of that brings us here again.
func (l *leg) still() {
	kept := without(within(l.agreed(), l.lines.kept), l.lines.theirs)
	if l.change.lines == nil && slices.ContainsFunc(kept, media.LineOffer.Flows) {
		l.change.lines = &wantedLines{lines: l.lines.theirs, kept: l.lines.kept}
	}
}

// defers reports whether a re-INVITE or an UPDATE is not answered now, since the other party is
// to say first whether it wants the lines that are offered, or taken away. A hold
// is this leg's own affair.
func (l *leg) defers(d *deferred) bool {
	offer, err := l.session.Clone().ReceiveOffer(d.body)
	if err != nil || offer.Held && !offer.Disabled {
		return false
	}
	offered := l.allowed(media.OfferedLines(offer))
	same := media.SameLines(offered, l.lines.known) && !media.Unturned(l.Lines(), offered)
	if same && !l.outdated() && (l.lines.asked == l.owner.Other(l.self) || len(l.agreed()) == len(offered)) {
		return false // who has said no is not asked again
	}
	d.offered, d.givesUp = offered, !same && media.SameLines(offered, within(l.lines.known, offered))
	l.lines.deferred = d
	d.tx.OnCancel(func(*sip.Request) {
		l.owner.Post(func() {
			if l.lines.deferred == d {
				l.dropDeferred()
				l.owner.Unlined(l.self)
				l.reoffer() // what was wanted meanwhile
			}
		})
	})
	if !l.owner.Relined(l.self, offered, func(agreed []media.LineOffer) { l.undefer(d, agreed) }) {
		l.lines.deferred = nil
		l.dialog.Again(d.req)
		refuse(d.tx, 491, "Request Pending", "the other party changes its media, too")
	}
	return true
}

// outdated reports whether the other party has other lines by now than our descriptions say:
// what it gave up while this leg was on hold without them was not told here.
func (l *leg) outdated() bool {
	o := l.owner.Other(l.self)
	if o == nil {
		return false
	}
	now := l.allowed(o.Lines())
	return len(without(now, l.lines.theirs)) > 0 || len(without(l.lines.theirs, now)) > 0
}

// undefer answers a re-INVITE or an UPDATE, now that the other party has said what it agrees to.
func (l *leg) undefer(d *deferred, agreed []media.LineOffer) {
	if l.lines.deferred != d {
		return
	}
	l.lines.deferred = nil
	before := l.lines
	l.lines.theirs, l.lines.known, l.lines.asked = agreed, d.offered, l.owner.Other(l.self)
	l.lines.kept = without(l.lines.kept, agreed)
	answered := false
	if d.req.Method == sip.UPDATE {
		answered = l.answerUpdate(d.tx, d.req, d.body, l.heardTalk())
	} else {
		l.answerReinvite(d.tx, d.req, d.body)
		answered = l.resend != nil
	}
	if !answered {
		l.lines = before
	} else if w := l.change.lines; w != nil { // it is older than what the two have just agreed to
		l.change.lines = nil
		w.tell(l)
	}
	l.reoffer() // what was wanted meanwhile
}

// dropDeferred ends a re-INVITE or an UPDATE that will not be answered any more (RFC 3261 §9.2,
// §15.1.2).
func (l *leg) dropDeferred() {
	if d := l.lines.deferred; d != nil {
		l.lines.deferred = nil
		_ = d.tx.Respond(respond(d.tx, 487, "Request Terminated"))
	}
}

// fastUpdate asks for a whole picture (RFC 5168 §4).
const fastUpdate = `<?xml version="1.0" encoding="utf-8"?><media_control><vc_primitive><to_encoder>` +
	`<picture_fast_update/></to_encoder></vc_primitive></media_control>`

// askKeyFrame asks a far end that knows no RTCP feedback for a whole picture.
func (l *leg) askKeyFrame() {
	if l.state != confirmed || !l.reachable() {
		return
	}
	req := l.dialog.Request(sip.INFO)
	t := sip.ContentTypeHeader(controlType)
	req.AppendHeader(&t)
	req.SetBody([]byte(fastUpdate))
	l.send(req, nil, nil)
}
