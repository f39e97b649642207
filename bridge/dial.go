package bridge

import (
	"cmp"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// manner is how the steps want the calls that they make, and the talk that comes of
// them. It belongs to the call's goroutine.
type manner struct {
	rolls    dialplan.RecordWish // what a record step wants of the rest of the call; "" for none
	beeps    bool                // the recording begins with a beep
	longest  time.Duration       // how long the talk may last; 0: without end
	deadline time.Time           // when it must end; zero: never
	backing  string              // the ringback of ours that the caller hears; "" for none
	member   string              // the target that answered
	talking  map[string]bool     // whom the bridge counts as talking in this call
	forwards int                 // how often the dialplan has sent it on
}

// dial calls one target after the other until one answers.
func (c *Call) dial(s dialplan.DialStep) {
	c.callInTurn(s)
	c.talkWith(s.Options)
}

// callInTurn calls one target after the other until one answers, or has failed with
// a status after which no other is tried.
func (c *Call) callInTurn(s dialplan.DialStep) {
	for i, t := range s.Targets {
		if t.Kind == dialplan.TargetRoom {
			if c.enterRoom(dialplan.RoomStep{Name: t.Name}) || !s.Next(c.failure.Status) {
				return
			}
			continue
		}
		who := c.callingAs(t, s.Options)
		who.hurry = i+1 < len(s.Targets) && s.Next(tandem.CauseNoAnswer.Status)
		c.try([]calling{who}, s.Timeout)
		if c.ended || c.other != nil || c.outcome != nil || !s.Next(c.failure.Status) {
			return
		}
	}
}

// ring calls the members of a group.
func (c *Call) ring(s dialplan.RingStep) {
	targets := c.members(s)
	switch {
	case len(targets) == 0:
		c.failure = refuse(dialplan.Busy, "every member of the group is in a call")
	case s.InTurn():
		c.ringInTurn(s, targets)
	default:
		all := make([]calling, 0, len(targets))
		for _, t := range targets {
			all = append(all, c.callingAs(t, s.Options))
		}
		c.try(all, s.Timeout)
	}
	c.talkWith(s.Options)
}

// members are the targets of a group in the order in which they are called.
func (c *Call) members(s dialplan.RingStep) []dialplan.Target {
	targets := s.Targets
	if s.SkipBusy {
		targets = c.bridge.talkers.free(targets)
	}
	return c.bridge.talkers.order(s.Strategy, targets)
}

// ringInTurn calls one member after the other, each for its time, while the group's
// lasts; whatever a member says, the next one is called.
func (c *Call) ringInTurn(s dialplan.RingStep, targets []dialplan.Target) {
	end, worst := time.Now().Add(s.Timeout), tandem.Cause{}
	for i, t := range targets {
		left := time.Until(end)
		if left <= 0 {
			break
		}
		who := c.callingAs(t, s.Options)
		who.hurry = i+1 < len(targets)
		c.try([]calling{who}, min(left, s.EachTime()))
		if c.ended || c.other != nil || c.outcome != nil {
			return
		}
		worst = better(worst, c.failure)
	}
	c.failure = worst
}

// forward sends the call on for whoever was dialed.
func (c *Call) forward(s dialplan.ForwardStep) {
	if why := c.forwardsInLoop(s.By); why != "" {
		c.failure = refuse(482, why)
		c.note(Declined, nil, "not forwarded: "+why)
		return
	}
	from, diverted := c.from, c.diverted
	c.divert(tandem.Diversion{User: s.By, Reason: cmp.Or(s.Reason, c.forwardReason())})
	if s.User {
		c.from = dialplan.Source{Kind: dialplan.FromUser, Name: s.By}
	}
	c.forwards++
	c.tellForwarded()
	c.callInTurn(s.Dial())
	if c.other == nil && c.wanted == nil {
		c.from, c.diverted = from, diverted
	}
	c.talkWith(s.Options)
}

// divert notes by whom the call is sent on.
func (c *Call) divert(by tandem.Diversion) {
	c.diverted = append([]tandem.Diversion{by}, c.diverted...)
	c.diverted = c.diverted[:min(len(c.diverted), maxForwarded)]
}

// sentOnBy says in words by whom a call was sent on before it came here, the newest first.
func sentOnBy(by []tandem.Diversion) string {
	var b strings.Builder
	for i, d := range by {
		b.WriteString([2]string{", sent on by ", " after "}[min(i, 1)] + d.User + " (" + cmp.Or(d.Reason, "unknown") + ")")
	}
	return b.String()
}

// forwardsInLoop says why a call is not sent on once more; "" means that it is.
func (c *Call) forwardsInLoop(by string) string {
	times := 0
	for _, d := range c.diverted {
		if d.Host == "" && strings.EqualFold(d.User, by) {
			return by + " has sent the call on before"
		}
		times += max(d.Counter, 1)
	}
	if times >= maxForwarded {
		return "the call was sent on too often"
	}
	return ""
}

// forwardReason is why a call is sent on, by what was tried before (RFC 5806 §4).
func (c *Call) forwardReason() string {
	switch c.failure.Status {
	case 0:
		return "unconditional"
	case 486, 600:
		return "user-busy"
	case 408:
		return "no-answer"
	case 480, 404, 503:
		return "unavailable"
	case 603:
		return "deflection"
	}
	return "unknown"
}

// tellForwarded tells a caller who waits that the call is sent on (RFC 3261
// §21.1.3).
func (c *Call) tellForwarded() {
	if c.caller == nil || !c.answered.IsZero() {
		return
	}
	if cause := c.caller.Progress(Progress{Status: 181}); cause.Status != 0 {
		c.over(cause)
	}
}

// callingAs is how a step calls a target.
func (c *Call) callingAs(t dialplan.Target, o dialplan.DialOptions) calling {
	return calling{target: t, shown: ShowAs(c.shown, o), sender: c.sender(), options: o}
}

// ShowAs is whom a called party sees of a caller.
func ShowAs(shown tandem.Address, o dialplan.DialOptions) tandem.Address {
	switch {
	case o.CallerID == dialplan.Anonymous:
		return tandem.Address{User: dialplan.Anonymous, Private: true}
	case o.CallerID != "":
		shown = tandem.Address{User: o.CallerID, Private: shown.Private}
	}
	if o.CallerName != "" {
		shown.Name = o.CallerName
	}
	switch o.Privacy {
	case dialplan.PrivacyCaller:
	case dialplan.PrivacyNone:
		shown.Private = false
	default:
		shown.Private = true
	}
	return shown
}

// talkWith is talk as the options of a step want it.
func (c *Call) talkWith(o dialplan.DialOptions) {
	c.endRingback()
	c.taping = o.Record || c.rolls != ""
	c.longest = o.Max
	c.talk()
}
