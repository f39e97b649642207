package leg

import (
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/txn"
)

const (
	// lookEvery is how often a leg that is away is looked for, and listened to.
	lookEvery = time.Second
	// fadeAfter is how long a leg that is away may be unheard before its far party
	// hears a tone.
	fadeAfter = 2 * time.Second
	// maxOwed bounds the requests that wait for a leg's return.
	maxOwed = 8
	// maxByes bounds how often a BYE is sent again that was lost with a connection.
	maxByes = 3
)

// absence is what a leg that stands has lost: its connection, its media or both.
// The leg is detached, not dead: what its dialog owes waits, media goes on, and
// for Config.Detach its device may come back.
//
//	device                 leg                        other party
//	  |<==== talk ==========>|<======= talk ============>|
//	  |--x connection lost   |  detached                 |  nothing to be noticed
//	  |                      |  no sound any more        |  hears a soft tone
//	  |-- REGISTER (new) --->|  back; what is owed goes  |
//	  |-- re-INVITE -------->|  ICE restart (RFC 8445)   |
//	  |<==== talk ==========>|<======= talk ============>|
type absence struct {
	flow  bool      // there is no connection to the device
	since time.Time // when it began, or changed
	lost  time.Time // when media said that it is gone; zero while it has not
	faded bool      // the other party hears a tone
	over  bool      // the time is over: nothing waits any more
	timer *time.Timer
	owed  []owed
}

// owed is a request that waits for the device.
type owed struct {
	send func()
	fail func(error) // may be nil
}

// reachable says whether there is an open way to the far end, and takes a newer
// one where there is.
func (l *leg) reachable() bool { return isOpen(l.way()) }

// detached takes note that a connection has ended. A trunk's is opened again when
// it is needed.
func (l *leg) detached(f *flow.Flow) {
	if f.Key() != l.flow.Key() || l.peerUser == "" || l.state != confirmed && l.state != ending || l.reachable() {
		return
	}
	l.lose()
}

// lose begins an absence of the connection.
func (l *leg) lose() {
	a := l.absent()
	if a.flow || a.over {
		return
	}
	a.flow, a.since = true, time.Now()
	if l.state == confirmed && l.peerUser != "" {
		l.owner.Away(l.self, true)
	}
}

// absent returns the leg's absence, which begins where there is none.
func (l *leg) absent() *absence {
	if l.away == nil {
		l.away = &absence{since: time.Now()}
		l.lookLater()
	}
	return l.away
}

func (l *leg) lookLater() {
	a := l.away
	a.timer = time.AfterFunc(lookEvery, func() {
		l.owner.Post(func() {
			if l.away == a && !a.over && l.state != done {
				l.look()
			}
		})
	})
}

// look sees whether the device is back or its time is over.
func (l *leg) look() {
	a := l.away
	if a.flow && l.reachable() {
		l.returned()
	}
	if l.away != a || l.state == done { // what was owed has ended it
		return
	}
	l.listen()
	waited := time.Since(a.since) >= l.core.policy().Detach
	switch {
	case !a.flow && a.lost.IsZero() && (!a.faded || waited):
		l.fade(false)
		l.away = nil
	case waited && !(a.flow && l.profile == sdp.Plain && l.state == confirmed && a.lost.IsZero() && l.sounds()):
		// A telephone may close a connection that it does not need, and has said
		// nothing by that while it is heard.
		l.giveUp()
	default:
		l.lookLater()
	}
}

// returned: the device is there again, on another connection.
func (l *leg) returned() {
	a := l.away
	a.flow, a.since = false, time.Now()
	if l.state == confirmed && l.peerUser != "" {
		l.owner.Away(l.self, false)
	}
	waiting := a.owed
	a.owed = nil
	for _, o := range waiting {
		o.send()
	}
	l.after(time.Second, l.reoffer) // what the device itself asks for goes first
}

// owe lets a request wait for the device's return.
func (l *leg) owe(o owed) {
	l.lose()
	a := l.away
	if !a.over && len(a.owed) < maxOwed {
		a.owed = append(a.owed, o)
		return
	}
	if o.fail != nil {
		l.owner.Post(func() { o.fail(txn.ErrFlowGone) })
	}
}

// giveUp ends a leg that did not come back.
func (l *leg) giveUp() {
	a := l.away
	a.over = true
	waiting := a.owed
	a.owed = nil
	for _, o := range waiting {
		if o.fail != nil {
			o.fail(txn.ErrFlowGone)
		}
	}
	cause := tandem.CauseMediaLost
	if a.flow {
		cause = tandem.CauseConnectionLost
	}
	cause.Detail = "away for " + time.Since(a.since).Round(time.Second).String()
	if l.state == ending {
		l.finish()
		return
	}
	l.fail(cause)
}

// mediaLost takes note that the far end gives no sign of life any more. A browser
// that has had media may get it back by an ICE restart; all others are gone, unless
// they are waited for already.
func (l *leg) mediaLost(mayReturn bool) {
	if l.state != confirmed {
		return
	}
	if l.away == nil && !(mayReturn && l.connected && l.core.policy().Detach > 0) {
		l.fail(tandem.CauseMediaLost)
		return
	}
	a := l.absent()
	if a.lost.IsZero() {
		a.lost = time.Now()
		if !a.flow {
			a.since = a.lost
		}
	}
	l.listen()
}

// listen looks whether the far end is heard, and lets the other party hear a tone
// while it is not.
func (l *leg) listen() {
	a := l.away
	heard := l.heard()
	if heard.After(a.lost) {
		a.lost = time.Time{}
	}
	silent := !heard.IsZero() && time.Since(heard) > fadeAfter && !l.held && !l.holding
	l.fade(!a.lost.IsZero() || silent)
}

func (l *leg) fade(faded bool) {
	if l.away.faded != faded {
		l.away.faded = faded
		l.owner.Faded(l.self, faded)
	}
}

// sounds says that the far end is heard.
func (l *leg) sounds() bool { return time.Since(l.heard()) <= fadeAfter }

// heard is when the last packet came; zero where that is not known.
func (l *leg) heard() time.Time {
	if m, ok := l.media.(interface{ Stats() media.Stats }); ok {
		return m.Stats().Received.Last
	}
	return time.Time{}
}

// attend ends an absence with the leg.
func (l *leg) attend() {
	if l.away != nil && l.away.timer != nil {
		l.away.timer.Stop()
	}
}
