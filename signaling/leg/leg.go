package leg

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/signaling/uac"
)

// state is how far a leg has come.
type state uint8

const (
	early     state = iota // not answered yet
	confirmed              // answered: the dialog stands
	ending                 // we have ended it and wait for the far end's word
	done                   // nothing more will come
)

// leg is what Incoming and Outgoing have in common: a dialog, its session
// descriptions, its media. Everything but the immutable fields belongs to the
// call's goroutine; flow is also read by the Core, which guards its change.
type leg struct {
	core  *Core
	owner *bridge.Home
	self  interface {
		bridge.Leg
		flowLost(*flow.Flow)
		// talk finds the dialog with a remote tag: one of several while it is early.
		talk(tag string) talk
		// pracked is a PRACK of the far end.
		pracked(tx *txn.Server, req *sip.Request)
		// renamedEarly takes what an UPDATE in a dialog before the answer says of who the
		// far end is.
		renamedEarly(d *dialog.Dialog, req *sip.Request)
		// leftEarly is why a far end that sends BYE before the answer has gone.
		leftEarly(bye *sip.Request) tandem.Cause
	}
	id        tandem.LegID
	call      tandem.CallID
	party     tandem.Address
	peerUser  string       // the user at the far end, "" for none
	callOf    string       // the user among whose calls this one is counted, "" for none
	peerTrunk string       // the trunk at the far end, "" for none
	account   string       // our user whose account at peerTrunk the leg uses, "" for its own
	charge    Charge       // what its minutes are counted by, nil for nothing; ended by uncount
	counted   *trunk.Trunk // whose limits it counts against; released by uncount
	instance  string       // +sip.instance of the device, where known
	log       *slog.Logger

	flow    *flow.Flow
	next    remoteHop // of a trunk's or URI's dialog
	dialog  *dialog.Dialog
	session *sdp.Session
	media   Endpoint // nil before Begin
	profile sdp.Profile
	offers  []sdp.Codec // what of the far end's offer can be carried, in its order
	// unwilling are codecs that the far end was asked for and did not take; suits is
	// how often it was asked.
	unwilling []sdp.Codec
	suits     int
	spoken    sdp.Codec // the codec agreed last
	told      hints     // of the other leg's packets
	why       string    // the reason of the codecs, as it was told last
	state     state
	refused   bool // there was no room for it: Begin says so

	lines    lines      // what there is beside the sound
	shows    connected  // who is at the other end, as the far end sees
	digits   digits     // how digits come and go
	wishes   wishes     // of the step that calls; zero for a leg that has called us
	held     bool       // the far end has put us on hold
	holding  bool       // we have put the far end on hold
	change   reoffer    // what we change ourselves
	clock    clock      // the session timer
	updates  bool       // the far end takes UPDATE
	resend   *resending // a 2xx of ours that waits for its ACK
	timers   []*time.Timer
	referral *referral                // the transfer that the far end has asked for
	waiting  atomic.Int32             // messages of the far end that wait for the call; from any goroutine
	invited  atomic.Pointer[uac.Call] // our INVITE, nil for a leg that has called us; from any goroutine
	forget   func()                   // lets go of the INVITE's transaction; may be nil
	bye      *tandem.Cause            // owed once the ACK has come (RFC 3261 §15)
	byes     int                      // how many were sent
	stranded bool                     // its connection is from an address that is not ours now
	away     *absence                 // what the leg has lost; nil for nothing
	// connected says that a browser's media has been there.
	connected     bool
	resolving     bool   // the place of a trunk is looked for
	cancelResolve func() // may be nil
}

// ID implements bridge.Leg.
func (l *leg) ID() tandem.LegID { return l.id }

// Ref implements bridge.Leg.
func (l *leg) Ref() string { return l.dialog.CallID() }

// Party implements bridge.Leg.
func (l *leg) Party() tandem.Address { return l.party }

// User implements bridge.Leg.
func (l *leg) User() string { return l.peerUser }

// Path implements bridge.Leg.
func (l *leg) Path() string {
	if l.flow == nil {
		return "a way that is looked for"
	}
	return l.flow.Kind().String() + " " + l.flow.Remote().String()
}

// Media implements bridge.Leg.
func (l *leg) Media() *media.Endpoint {
	m, _ := l.media.(*media.Endpoint)
	return m
}

// Done implements bridge.Leg.
func (l *leg) Done() bool { return l.state == done }

// Focus implements bridge.Leg.
func (l *leg) Focus(on bool) { l.dialog.SetFocus(on) }

// Formats implements bridge.Leg: the codec agreed on, or what was offered.
func (l *leg) Formats() []media.Codec {
	if now := l.talks(); !now.IsZero() {
		return carries([]sdp.Codec{now}, l.profile)
	}
	return l.offers
}

// talks is the codec that is agreed, or was before the far end went over to fax;
// zero for none.
func (l *leg) talks() sdp.Codec {
	if s := l.session.Agreed(); s != nil && !s.Send.IsZero() {
		return s.Send
	}
	return l.spoken
}

// Digit implements bridge.Leg.
func (l *leg) Digit(d media.Digit, length time.Duration) {
	if l.media == nil || l.state != confirmed {
		return
	}
	if err := l.media.SendDigit(d, length); err != nil {
		l.log.Warn("digit not sent", "error", err)
	}
}

// maxWaiting bounds the messages of one far end that wait for the call's
// goroutine. It is well below the call's inbox, so that who floods its own leg
// takes no room from the other leg, the timers and the ends of transactions.
const maxWaiting = 48

// arrived posts what a message of the far end asks for; false means that the call
// has ended or that too much of this far end is waiting.
func (l *leg) arrived(f func()) bool {
	if l.waiting.Add(1) <= maxWaiting && l.owner.Post(func() { l.waiting.Add(-1); f() }) {
		return true
	}
	l.waiting.Add(-1)
	l.core.Counters.Flooded.Add(1)
	return false
}

// after runs f on the call's goroutine after d, unless the leg is done by then.
func (l *leg) after(d time.Duration, f func()) *time.Timer {
	t := time.AfterFunc(d, func() {
		l.owner.Post(func() {
			if l.state != done {
				f()
			}
		})
	})
	l.timers = append(l.timers, t)
	return t
}

// Move implements bridge.Leg.
func (l *leg) Move(to bridge.Owner) {
	if c, ok := to.(interface{ ID() tandem.CallID }); ok {
		l.core.joins(l, c.ID())
	}
	l.owner.Move(to)
}

// Close implements bridge.Leg.
func (l *leg) Close() { l.finish() }

// finish frees all that the leg holds. It may be called more than once.
func (l *leg) finish() {
	if l.state == done {
		return
	}
	l.state = done
	l.dropDeferred()
	l.stopResend()
	l.attend()
	if l.cancelResolve != nil {
		l.cancelResolve()
	}
	for _, t := range l.timers {
		t.Stop()
	}
	l.wind()
	l.closeMedia()
	l.core.remove(l)
	if l.forget != nil {
		l.forget()
	}
}

func (l *leg) closeMedia() {
	if l.media != nil {
		l.media.Close()
	}
}

// fail ends the leg by our own doing while it stands, and tells the call.
func (l *leg) fail(cause tandem.Cause) {
	if l.state >= ending {
		return
	}
	l.self.End(cause)
	l.owner.Ended(l.self, cause)
}

// hangUp sends BYE (RFC 3261 §15.1.1). A UAS waits for the ACK of its 2xx first.
func (l *leg) hangUp(cause tandem.Cause) {
	l.closeMedia()
	l.core.uncount(l)
	l.dropDeferred()
	if l.resend != nil {
		l.state, l.bye = ending, &cause
		return
	}
	l.state, l.bye = ending, nil
	req := l.dialog.Request(sip.BYE)
	for _, v := range cause.ReasonHeader() {
		req.AppendHeader(sip.NewHeader("Reason", v))
	}
	l.send(req, nil, func(err error) {
		if l.byes++; errors.Is(err, txn.ErrFlowGone) && l.byes < maxByes && (l.away == nil || !l.away.over) {
			l.hangUp(cause) // it was lost with its connection
			return
		}
		l.finish()
	})
}
