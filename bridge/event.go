package bridge

import (
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
)

// EventKind names what happened in a call.
type EventKind string

// The events of a call, in the order in which they usually come.
const (
	Incoming EventKind = "incoming" // a caller is there
	// Originated: the gateway makes the call, since an operator has asked for it or a test
	// number calls back; the party is whom it is from.
	Originated EventKind = "originated"
	Routed     EventKind = "routed"   // a row of the dialplan took the call
	Calling    EventKind = "calling"  // a branch is called
	Ringing    EventKind = "ringing"  // a branch rings
	Early      EventKind = "early"    // a branch sends sound before its answer
	Answered   EventKind = "answered" // a branch, or the gateway itself, answered
	Declined   EventKind = "declined" // a branch refused, failed or did not answer
	Held       EventKind = "held"     // a party holds the other
	Resumed    EventKind = "resumed"  // and takes it back
	VideoOn    EventKind = "video on" // the parties see each other, or one of them the other
	VideoOff   EventKind = "video off"
	// Transferred: a party talks with somebody else now, since the other has sent
	// it on; the leg is the one that was sent on.
	Transferred EventKind = "transferred"
	Joined      EventKind = "joined"    // a caller is in a room
	Waiting     EventKind = "waiting"   // a caller is in a queue
	Left        EventKind = "left"      // and has left the room or the queue
	Replaced    EventKind = "replaced"  // a leg has taken the place of another
	Detached    EventKind = "detached"  // a leg's connection is gone; it may come back
	Back        EventKind = "back"      // and is back
	Measured    EventKind = "media"     // how a leg's media has gone; before the end of the call
	Announced   EventKind = "announced" // an operator lets parties hear a sound
	Recording   EventKind = "recording" // it begins, pauses, goes on, ends or fails, as the text says
	Voicemail   EventKind = "voicemail" // a caller leaves a message or listens to some, as the text says
	Ended       EventKind = "ended"     // the call is over
)

// Event is one thing that happened in a call. Text is for people and holds no
// secret; parties are as the other side is shown them.
type Event struct {
	At    time.Time
	Kind  EventKind
	Call  tandem.CallID
	Leg   tandem.LegID // empty where the event is of the call as a whole
	Ref   string       // the leg's Call-ID; the caller's where Leg is empty
	Party tandem.Address
	Cause tandem.Cause // Declined and Ended
	Text  string
	// Talked is how long the parties could talk; Ended only.
	Talked time.Duration
	// Path and Called are the leg's, where there is one: how its far end is reached,
	// and that we have called it.
	Path   string
	Called bool
	// User is the user of ours at the leg's far end; empty for none.
	User string
	Facts
}

// Facts are what an event says to programs beside its Text: each for the kinds that
// it names, and zero for the others.
type Facts struct {
	// From is as whose call it came, and To what was dialed. Incoming and Routed.
	From dialplan.Source
	To   string
	// Diverted says by whom the call was sent on before it came here, the newest first;
	// nobody changes it. Incoming.
	Diverted []tandem.Diversion
	// Number is To as the plan's numbering block understands it, and Row the file and
	// line of the row that took the call, such as "tandem.hcl:54". Routed; empty where
	// there is none.
	Number, Row string
	// Target is who is called. Calling and Declined.
	Target dialplan.Target
	// Stats is how the media of the leg has gone. Measured; nobody changes it.
	Stats *media.Stats
	// File is where a call is recorded. Recording, when it begins.
	File string
	// By is the leg with whose end the call ended, empty where the gateway ended it, or
	// the one that has sent its party on. Ended and Transferred.
	By tandem.LegID
	// Joins is the other call whose party a transfer has brought here, or to which it
	// has taken one of ours. Transferred and Routed.
	Joins tandem.CallID
}

// Observer hears of every event, on the goroutine of the call it is of. It must
// not block.
type Observer interface{ Observe(Event) }
