package casebook

import (
	"errors"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/bridge/verdict"
)

// Why a report of a phone is not taken.
var (
	// ErrNoLeg: no leg of a call that goes on, or is just over, has that Call-ID.
	ErrNoLeg = errors.New("there is no call of that callId")
	// ErrOtherUser: the leg is another user's.
	ErrOtherUser = errors.New("the call is another user's")
)

// graceAfterEnd is how long after its end a call takes a last report.
const graceAfterEnd = time.Minute

// Report keeps what the phone of a signed-in user says of its leg; the one before is
// forgotten. user is whom the leg must belong to, which owns tells: it is asked without
// a lock held. The error is of verdict.Phone.Validate, ErrNoLeg or ErrOtherUser.
func (b *Book) Report(user string, p verdict.Phone, now time.Time, owns func(call tandem.CallID, leg tandem.LegID, user string) bool) error {
	if err := p.Validate(); err != nil {
		return err
	}
	call, leg, ok := b.leg(p.CallID, now)
	if !ok {
		return ErrNoLeg
	}
	if !owns(call, leg, user) {
		return ErrOtherUser
	}
	p.At = now
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.cases[call]
	if c == nil || c.refs[p.CallID] != leg {
		return ErrNoLeg
	}
	c.phones[leg] = &p // as many as the call has legs
	return nil
}

// leg finds the leg of a Call-ID.
func (b *Book) leg(ref string, now time.Time) (tandem.CallID, tandem.LegID, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.cases[b.refs[ref]]
	if c == nil || !c.Ended.IsZero() && now.Sub(c.Ended) > graceAfterEnd {
		return "", "", false
	}
	leg, ok := c.refs[ref]
	return c.ID, leg, ok
}

// Owner says whether a leg is a user's by the measures of its call.
func Owner(all []bridge.Measure, leg tandem.LegID, user string) bool {
	for _, m := range all {
		if m.Leg == leg {
			return user != "" && strings.EqualFold(m.User, user)
		}
	}
	return false
}
