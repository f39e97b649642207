package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tandemgw/tandem"
)

// What is done to a call from outside, by a person at a console or by a program:
//
//	Operator.Hold -> Bridge.operate -> Call.Post -> Call.hold -> Leg.Hold
//
// Each act runs on the goroutine of its call and is answered from there.

// Kinds of an Operator's errors. What an error says is for people and names what
// was meant; errors.Is finds its kind.
var (
	// ErrNotFound: there is no such call, leg, user or sound.
	ErrNotFound = errors.New("not found")
	// ErrState: it is there, but not as it would have to be for this.
	ErrState = errors.New("not now")
	// ErrInput: what was asked for makes no sense, whatever there is.
	ErrInput = errors.New("not understood")
)

// Operator is what may be done to calls from outside. Errors are of one of the
// kinds above, unless a method says otherwise; all methods may be called from
// anywhere.
type Operator interface {
	// Originate rings somebody, and once it is answered does what the dialplan
	// makes of a number as of that party's call. It returns as soon as from rings or
	// is known not to; what becomes of the call is told to the Observers. See
	// Origination for who may be rung.
	Originate(ctx context.Context, from, to string, o Origination) (tandem.CallID, error)
	// Transfer sends the other party of a leg on to a number, as if the leg's far end
	// had asked for it by REFER: the dialplan decides, as for a call of that far
	// end's. Where it fails within a second or two the error says why; later failures
	// give the parties back to each other.
	Transfer(call tandem.CallID, leg tandem.LegID, to string) error
	// Hold takes a party out of its talk (true), so that it hears music and the other
	// one a soft tone, or brings it back (false). Its far end is told by a re-INVITE.
	// Doing what is done already is no error.
	Hold(call tandem.CallID, leg tandem.LegID, on bool) error
	// Press presses digits toward a leg, one after the other, in whichever way its far
	// end takes digits: at most MaxPressed of 0-9, *, #, A-D; a comma waits a second.
	Press(call tandem.CallID, leg tandem.LegID, digits string) error
	// Play lets a leg hear a sound in place of what it hears, or both parties where
	// leg is empty; and what they heard goes on after it. An empty sound ends one that
	// is played.
	Play(call tandem.CallID, leg tandem.LegID, sound string) error
	// Hangup ends a call; false means that there is no such call.
	Hangup(call tandem.CallID, why tandem.Cause) bool
	// Record begins, pauses or ends the recording of a call, with the errors of
	// Bridge.Record.
	Record(call tandem.CallID, s RecordState) error
}

var _ Operator = (*Bridge)(nil)

// operateTime is how long an act may wait for the goroutine of its call.
const operateTime = 2 * time.Second

// fault is an error of a kind, in words of its own.
type fault struct {
	kind  error
	words string
}

func (f *fault) Error() string { return f.words }
func (f *fault) Unwrap() error { return f.kind }

func faultf(kind error, format string, args ...any) error {
	return &fault{kind, fmt.Sprintf(format, args...)}
}

// operate runs f on the goroutine of a call and returns what it says. A call that
// does not answer in time is over, or as good as.
func (b *Bridge) operate(id tandem.CallID, f func(*Call) error) error {
	b.mu.Lock()
	c := b.calls[id]
	b.mu.Unlock()
	done := make(chan error, 1)
	none := faultf(ErrNotFound, "there is no call %s", id)
	if c == nil {
		return none
	}
	act := func() {
		if c.ended {
			done <- none
			return
		}
		done <- f(c)
	}
	if !c.Post(act) {
		return none
	}
	t := time.NewTimer(operateTime)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
		return faultf(ErrState, "call %s does not answer", id)
	}
}

// party finds a leg that is a party of the call by its name.
func (c *Call) party(id tandem.LegID) (Leg, error) {
	for _, l := range [2]Leg{c.caller, c.other} {
		if l != nil && l.ID() == id {
			return l, nil
		}
	}
	for _, l := range c.legs {
		if l.ID() == id && !l.Done() {
			return nil, faultf(ErrState, "leg %s is not in the talk: it rings, or is about to leave", id)
		}
	}
	return nil, faultf(ErrNotFound, "call %s has no leg %s", c.id, id)
}

// talker finds a leg that talks with another one.
func (c *Call) talker(id tandem.LegID) (l, other Leg, err error) {
	if l, err = c.party(id); err != nil {
		return nil, nil, err
	}
	if other = c.opposite(l); other == nil {
		return nil, nil, faultf(ErrState, "leg %s talks with nobody", id)
	}
	if c.sending != nil || c.wanted != nil {
		return nil, nil, faultf(ErrState, "a transfer of call %s is under way", c.id)
	}
	return l, other, nil
}

// heard says whether a leg of the call can hear us: one that has been answered.
func (c *Call) heard(l Leg) bool { return l == c.other || l == c.caller && !c.answered.IsZero() }

// operated is what an operator does to a call. It belongs to the call's goroutine.
type operated struct {
	parked    map[Leg]bool        // who was taken out of the talk
	announced *announcement       // what is played now; nil for nothing
	awaits    bool                // an operator rang the caller, and the number is not reached yet
	begun     chan<- tandem.Cause // told once whether what was to ring rings; nil once it was
}
