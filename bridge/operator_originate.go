package bridge

import (
	"context"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// Origination is how Originate calls. The party that it rings is a user, by name or as
// "user:NAME", a number of a trunk ("trunk:NAME/NUMBER"), or a SIP URI ("sip:..." or
// "sips:...").
type Origination struct {
	// As is as whose call the number is called, "user:NAME" or "trunk:NAME". It may be
	// empty where a user is rung: then it is that user's. Else it is required.
	As string
	// Caller is whom the number that is called is shown; the zero Address means the
	// party that is rung.
	Caller tandem.Address
	// Shown is whom the party that is rung sees; the zero Address means the number that
	// is going to be called.
	Shown tandem.Address
	// Timeout is how long it may ring; zero means dialplan.DefaultTimeout, the most is
	// dialplan.MaxWait.
	Timeout time.Duration
	// AutoAnswer asks the telephone that is rung to answer by itself, in the ways that
	// telephones know: Answer-Mode (RFC 5373), Call-Info and Alert-Info.
	AutoAnswer bool
}

// failedTone is how long the party that was rung hears that the number cannot be
// reached.
const failedTone = 3 * time.Second

// origination is an Origination that makes sense.
type origination struct {
	Origination
	ring dialplan.Target
	to   string
}

// Originate implements Operator.
func (b *Bridge) Originate(ctx context.Context, from, to string, o Origination) (tandem.CallID, error) {
	want, source, err := readOrigination(from, to, o)
	if err != nil {
		return "", err
	}
	r := dialplan.Request{From: source, To: to, Caller: o.Caller.User, CallerName: o.Caller.Name, At: time.Now(), State: b.cfg.State}
	if r.Caller == "" {
		r.Caller = source.Name
	}
	if d := b.plan.Load().Route(r); d.Status != 0 {
		return "", faultf(ErrState, "%s cannot be called: %s", to, d.Reason)
	}
	c := b.newCall(Arrival{From: source, Caller: tandem.Address{User: nameOf(want.ring)}, To: to, Hops: maxHops})
	if c == nil {
		return "", faultf(ErrState, "max_calls reached, or the gateway is stopping or draining")
	}
	rings := make(chan tandem.Cause, 1)
	go c.runFor(want, rings)
	select {
	case cause := <-rings:
		switch {
		case cause.Status == 404:
			return "", faultf(ErrNotFound, "%s", words(cause))
		case cause.Status != 0:
			return "", faultf(ErrState, "%s cannot be rung: %s", want.ring, words(cause))
		}
	case <-ctx.Done(): // it goes on
	case <-b.ctx.Done():
	}
	return c.id, nil
}

// words are those of a cause for whoever may know the detail.
func words(c tandem.Cause) string {
	if c.Detail != "" {
		return c.Detail
	}
	return c.Words()
}

func nameOf(t dialplan.Target) string {
	switch t.Kind {
	case dialplan.TargetUser:
		return t.Name
	case dialplan.TargetTrunk:
		return t.Number
	}
	return t.URI
}

// readOrigination looks at what an operator asks for.
func readOrigination(from, to string, o Origination) (origination, dialplan.Source, error) {
	want := origination{Origination: o, to: to}
	scheme, rest, _ := strings.Cut(from, ":")
	switch {
	case scheme == "sip" || scheme == "sips":
		want.ring = dialplan.Target{Kind: dialplan.TargetURI, URI: from}
	case scheme == "trunk" && strings.Contains(rest, "/"):
		name, number, _ := strings.Cut(rest, "/")
		want.ring = dialplan.Target{Kind: dialplan.TargetTrunk, Name: name, Number: number}
	case scheme == "user" && rest != "":
		want.ring = dialplan.Target{Kind: dialplan.TargetUser, Name: rest}
	case from != "" && !strings.Contains(from, ":"):
		want.ring = dialplan.Target{Kind: dialplan.TargetUser, Name: from}
	default:
		return want, dialplan.Source{}, faultf(ErrInput, "%q is neither a user nor a trunk's number nor a SIP URI", from)
	}
	if len(from) > 255 || to == "" || len(to) > dialplan.MaxNumber {
		return want, dialplan.Source{}, faultf(ErrInput, "a call goes to a number of 1 to %d characters", dialplan.MaxNumber)
	}
	switch {
	case o.Timeout < 0 || o.Timeout > dialplan.MaxWait:
		return want, dialplan.Source{}, faultf(ErrInput, "it may ring for at most %s", dialplan.MaxWait)
	case o.Timeout == 0:
		want.Timeout = dialplan.DefaultTimeout
	}
	as := o.As
	if as == "" {
		if want.ring.Kind != dialplan.TargetUser {
			return want, dialplan.Source{}, faultf(ErrInput, "as whose call is %s called? %s is no user", to, want.ring)
		}
		as = "user:" + want.ring.Name
	}
	source, err := dialplan.ParseSource(as)
	if err != nil {
		return want, source, faultf(ErrInput, "%v", err)
	}
	return want, source, nil
}

// runFor is the life of a call that an operator has asked for.
//
//	from              Call.runFor                  to
//	 |<------ INVITE ------|                        |
//	 |------- 200 -------->| routed as from's call  |
//	 |<--- ringback tone --|------- INVITE -------->|
//	 |<================== talk =====================|
func (c *Call) runFor(o origination, rings chan<- tandem.Cause) {
	defer c.finish()
	c.originated(o.to)
	if c.shown = o.Shown; c.shown.User == "" {
		c.shown = tandem.Address{User: o.to}
	}
	c.begun = rings
	own := sender{hops: c.arrival.Hops} // nobody's but ours
	c.try([]calling{{target: o.ring, shown: c.shown, sender: own, options: o.options()}}, o.Timeout)
	if c.other == nil {
		return
	}
	c.caller, c.other, c.answered, c.awaits = c.other, nil, time.Now(), true
	c.note(Answered, c.caller, "the operator's call")
	if c.shown = o.Caller; c.shown.User == "" {
		c.shown = c.caller.Party()
	}
	c.arrival.Caller = c.shown
	c.decide()
	c.note(Routed, nil, c.decision.String())
	if c.decision.Status != 0 {
		why := refuse(c.decision.Status, c.decision.Reason)
		c.tellFailed(why)
		c.over(why)
		return
	}
	c.live(c.decision.Steps)
}

// originated tells of a call that the gateway makes by itself: whom it is from, and whom it
// is to.
func (c *Call) originated(to string) {
	c.emit(Event{Kind: Originated, Party: c.arrival.Caller, Text: "to " + to, Facts: Facts{From: c.from, To: to}})
}

// tellBegun tells who has asked for the call whether anybody rings. Without such a
// one it does nothing.
func (c *Call) tellBegun(f *fork) {
	if c.begun == nil {
		return
	}
	cause := tandem.Cause{}
	if len(f.branches) == 0 && f.winner == nil {
		cause = f.best
	}
	c.begun <- cause // has room for it
	c.begun = nil
}

// options are those of the call that rings.
func (o origination) options() (d dialplan.DialOptions) {
	if o.AutoAnswer {
		d.Headers = []dialplan.Header{
			{Name: "Alert-Info", Value: "<http://127.0.0.1>;info=alert-autoanswer;delay=0"},
			{Name: "Answer-Mode", Value: "Auto"},
			{Name: "Call-Info", Value: "<sip:127.0.0.1>;answer-after=0"},
		}
	}
	return d
}

// tellFailed lets a party that an operator has rung hear that the number cannot be
// reached.
func (c *Call) tellFailed(why tandem.Cause) {
	if !c.awaits || c.ended || why.Status < 300 {
		return
	}
	tone := "congestion"
	if why.Status == 486 || why.Status == 600 {
		tone = "busy"
	}
	c.hear(func(l Leg) { c.startTone(l, tone) })
	c.until(failedTone, func() bool { return c.wanted != nil })
}
