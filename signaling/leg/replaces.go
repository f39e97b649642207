package leg

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/txn"
)

// replace takes an INVITE with Replaces (RFC 3891 §3): a reloaded page or another
// device of the same user takes a call over, or picks one up that rings. Who it is
// has been proved before; a dialog is replaced by its own user or trunk only.
func (s *Server) replace(tx *txn.Server, req *sip.Request, a bridge.Arrival, d *dialog.Dialog) {
	c := s.core
	fields := req.GetHeaders("Replaces")
	r, err := dialog.ParseReplaces(fields[0].Value())
	if err != nil || len(fields) > 1 {
		c.Counters.BadRequest.Add(1)
		refuse(tx, 400, "Bad Request", "one well-formed Replaces is wanted")
		return
	}
	old := c.named(r)
	switch {
	case old == nil:
		refuse(tx, 481, "Call/Transaction Does Not Exist", "the dialog in Replaces is none of ours")
		return
	case old.Source() != a.From:
		c.Counters.Forbidden.Add(1)
		refuse(tx, 403, "Forbidden", "the dialog in Replaces is somebody else's")
		return
	}
	t, err := c.takeTrunk(a.From) // for as long as both legs stand it counts twice
	if err != nil {
		refuse(tx, 503, "Service Unavailable", err.Error())
		return
	}
	decline := func(status int, why string) {
		if t != nil {
			t.Release()
		}
		refuse(tx, status, tandem.Phrase(status), why)
	}
	replacement := bridge.Replacement{
		Open: func(o bridge.Owner, id tandem.LegID) bridge.Leg {
			l := newIncoming(c, o, id, incomingCall{tx: tx, dialog: d, arrival: a, call: c.callOf(old)})
			l.counted = t
			l.refused = !c.add(&l.leg)
			return l
		},
		Match: func() tandem.Cause { return old.replaceable(r) },
	}
	if !old.owner.Post(func() {
		if cause := old.owner.Replace(old.self, replacement); cause.Status != 0 {
			decline(cause.Status, cause.Detail)
		}
	}) {
		decline(603, "the call to replace has ended")
	}
}

// replaceable says, on the call's goroutine, whether the leg may be replaced so.
func (l *leg) replaceable(r dialog.Replaces) tandem.Cause {
	_, called := l.self.(*Outgoing)
	switch {
	case l.state >= ending:
		return no(603, "the dialog in Replaces has ended")
	case l.state == early && !called:
		return no(481, "an early dialog is replaced only at the side that is called")
	case l.state == early && l.dialog.RemoteTag() == "":
		if id := l.dialog.ID().LocalTag; r.ToTag != id && r.FromTag != id {
			return no(481, "the tags in Replaces are another dialog's")
		}
	case !r.Names(l.dialog):
		return no(481, "the tags in Replaces are another dialog's")
	case l.state == confirmed && r.EarlyOnly:
		return no(486, "the dialog in Replaces is answered, and only an early one was wanted")
	}
	return tandem.Cause{}
}

// callOf is the name of the call that a leg belongs to.
func (c *Core) callOf(l *leg) tandem.CallID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return l.call
}
