package bridge

import (
	"time"

	"github.com/tandemgw/tandem/dialplan"
)

// note tells the observers and the log of an event; l may be nil.
func (c *Call) note(k EventKind, l Leg, text string) { c.tell(k, l, text, Facts{}) }

// tell is note with what programs are told beside the text.
func (c *Call) tell(k EventKind, l Leg, text string, f Facts) {
	e := Event{Kind: k, Text: text, Facts: f}
	if l != nil {
		e.of(l)
	}
	c.emit(e)
}

// of says which leg an event is of.
func (e *Event) of(l Leg) {
	e.Leg, e.Ref, e.Party = l.ID(), l.Ref(), l.Party()
	e.Path, e.Called, e.User = l.Path(), l.Called(), l.User()
}

// routed tells what the dialplan has decided; why is what led to its being asked, ""
// for the call itself.
func (c *Call) routed(l Leg, why string, d dialplan.Decision) {
	f := Facts{From: d.Request.From, To: d.Request.To, Number: d.Number.E164}
	if d.Row != nil {
		f.Row = d.Row.Where()
	}
	c.tell(Routed, l, why+d.String(), f)
}

func (c *Call) emit(e Event) {
	e.At, e.Call = time.Now(), c.id
	if e.Leg == "" {
		e.Party = c.shown
		if c.caller != nil {
			e.Ref = c.caller.Ref()
		}
	}
	attrs := []any{"leg", string(e.Leg), "sip_call_id", e.Ref, "party", e.Party.String(), "text", e.Text}
	if e.Cause.Status != 0 || e.Cause.Q850 != 0 {
		attrs = append(attrs, "cause", e.Cause.String(), "detail", e.Cause.Detail)
	}
	if e.Kind == Ended {
		attrs = append(attrs, "talked", e.Talked.Round(time.Millisecond))
	}
	c.log.Info(string(e.Kind), attrs...)
	for _, o := range c.bridge.cfg.Observers {
		o.Observe(e)
	}
	c.watch()
}
