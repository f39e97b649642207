package dialplan

import (
	"maps"
	"time"
)

// State is the world at the moment of a call, as conditions ask about it. Its methods are cheap and may be called from
// any goroutine. A user that there is not is not registered, not busy and not asleep.
type State interface {
	Registered(user string) bool // at least one device of the user is registered
	Busy(user string) bool       // the user is in a call, ringing or talking
	Asleep(user string) bool     // every device of the user is registered without a connection that it could be reached by
}

// Census is a State that knows of users whom the configuration has not: those of a store, who come and go while it is in
// force.
type Census interface {
	Known(user string) bool
}

// knows says whether there is a user at the moment of a call.
func (d *directory) knows(user string, state State) bool {
	if d.hasUser(user) {
		return true
	}
	census, ok := state.(Census)
	return ok && census.Known(user)
}

// sequel is what a call has come to after its row fired: a key was pressed in a menu, say.
type sequel struct {
	variables map[string]string // that the program may use beside those of the call, such as "digits"
	at        time.Time         // when; the zero time means that of the call
	state     State             // nil means that of the call
}

// continued evaluates a program later in the scope of the same call: it gives the decision for what came, with the row
// and the plan of this one. Whoever has programs that are not rows (the keys of a menu, the rules of a queue) compiles
// them inside compiler.within, which makes the names of the variables known, and exports a method of Decision that calls
// this. An error of the program is a Status with its Reason, as of Route.
func (d Decision) continued(p program, s sequel) Decision {
	next := d
	next.Steps, next.Status, next.Reason = nil, 0, ""
	if !s.at.IsZero() {
		next.Request.At = s.at
	}
	if s.state != nil {
		next.Request.State = s.state
	}
	if d.plan == nil || p == nil {
		next.Status, next.Reason = 500, "there is nothing to go on with"
		return next
	}
	variables := maps.Clone(d.variables)
	if variables == nil {
		variables = map[string]string{}
	}
	maps.Copy(variables, s.variables)
	return next.evaluate(p, variables)
}

// afresh is the decision without what was asked for its steps: they are others now.
func (d Decision) afresh() Decision {
	d.program, d.asked = nil, nil
	return d
}

// Route decides of a further number of the same call, such as one that it is transferred to, by the plan that the call
// began with. The zero Decision knows no plan and has no row for any number.
func (d Decision) Route(r Request) Decision {
	if d.plan == nil {
		return (&Plan{}).Route(r)
	}
	return d.plan.Route(r)
}
