package verdict

import (
	"net/netip"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

// Evidence is what is known of a call.
type Evidence struct {
	Call tandem.CallID
	// To is what was dialed.
	To string
	// Now is when the evidence was taken.
	Now time.Time
	// Began is when the caller came, Alerted when it was first told that something
	// happens (it rings, sound, an answer), Answered when the two could talk first,
	// Ended when the call was over; zero for what has not happened.
	Began, Alerted, Answered, Ended time.Time
	// Cause is why it ended.
	Cause tandem.Cause
	// Attempts are those who were called and did not answer, in their order.
	Attempts []Attempt
	// Legs are the parties that talk, or talked last: the caller first, then whom it
	// talks with. One alone talks with the gateway.
	Legs []Leg
	// Own are the addresses of this machine.
	Own []netip.Addr
}

// Attempt is somebody who was called and did not answer.
type Attempt struct {
	Party string
	Path  string // "udp 203.0.113.7:5060"; empty where unknown
	Cause tandem.Cause
}

// Leg is one party.
type Leg struct {
	ID     tandem.LegID
	Party  string
	Path   string // of its signaling: "wss", "udp 192.0.2.7:5060"
	Called bool
	// Held says that it has put the other on hold.
	Held bool
	// Parked says that the gateway holds it: an operator has it on hold, or the test
	// number does.
	Parked bool
	Stats  media.Stats
	// Phone is what our phone in the browser says; nil where it says nothing.
	Phone *Phone
}

// browser says whether the leg's media is of a browser: ICE and DTLS.
func (l *Leg) browser() bool {
	switch l.Stats.Way.State {
	case "described", "latched", "":
		return false
	}
	return true
}
