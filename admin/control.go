package admin

import (
	"context"
	"errors"
	"time"

	"github.com/tandemgw/tandem/dialplan"
)

// Control is what the API answers from: views of the gateway that
// runs. Every function is required, is called for each request, and must be quick.
type Control struct {
	Status        func() Status
	Trunks        func() []Trunk
	Registrations func() []Registration
	Users         func() []User
	Calls         func() []Call
	// Board are the calls without how their media goes, which is quicker to tell; nil
	// means Calls.
	Board func() []Call
	// Call is one call; nil means that it is looked for among Calls.
	Call   func(id string) (Call, bool)
	Rooms  func() []Room
	Queues func() []Queue
	// ActOnRoom does something to a room, or to a member of it where that is not
	// empty, and says whether there was one.
	ActOnRoom func(name, member, act string) bool
	// Mailboxes are the boxes of voicemail.
	Mailboxes Mailboxes
	// Hangup ends a call, and says whether there was one of that ID.
	Hangup func(id string) bool
	// Record begins ("on"), pauses ("pause") or ends ("off") the recording of a call.
	// The error is ErrNotFound for a call that there is none of, or says why not.
	Record func(id, state string) error
	// Route says what would become of a call now; an error says why it cannot be
	// told: ErrNotFound where there is no such user or trunk.
	Route func(RouteQuery) (dialplan.Explanation, error)
	// Why says how a call came to be what it is: what the dialplan decided at its
	// beginning and whenever it was asked later; false where nothing is known of it.
	Why func(id string) ([]dialplan.Explanation, bool)
	// Reload reads the configuration again, and says what became of that. The error
	// says why it could not begin; ctx ends with the request.
	Reload func(ctx context.Context) (Reload, error)
	// Drain has the gateway take no more calls, wait for those that there are, and
	// then end: after wait at the latest. It does not wait itself.
	Drain func(wait time.Duration)
}

// Validate reports what is missing.
func (c Control) Validate() error {
	if c.Status == nil || c.Trunks == nil || c.Registrations == nil || c.Users == nil || c.Calls == nil || c.Hangup == nil || c.Rooms == nil || c.ActOnRoom == nil || c.Record == nil ||
		c.Queues == nil || c.Route == nil || c.Why == nil || c.Reload == nil || c.Drain == nil || c.Mailboxes == nil {
		return errors.New("control lacks a view")
	}
	return nil
}

// Find returns one call with how its media goes; false where there is none.
func (c Control) Find(id string) (Call, bool) {
	if c.Call != nil {
		return c.Call(id)
	}
	for _, one := range c.Calls() {
		if one.ID == id {
			return one, true
		}
	}
	return Call{}, false
}

// refusalView is what a refusal of the API says.
type refusalView struct {
	Code  string `json:"code"`
	Words string `json:"error"`
}
