package leg

import (
	"math/rand/v2"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// open is an offer that has no answer yet, as the far end sees it.
type open uint8

const (
	nothing open = iota // offer and answer are done
	ours                // the far end owes an answer
	theirs              // we owe one
)

// talk is one dialog of a leg and what was said in it of the media.
type talk struct {
	dialog  *dialog.Dialog // nil: there is no such dialog
	session **sdp.Session
	heard   bool // its media is the leg's
	open    open
}

// standing is the talk of a dialog that is confirmed, or the only one of its leg.
func (l *leg) standing(tag string) talk {
	if known := l.dialog.RemoteTag(); known != "" && tag != known {
		return talk{}
	}
	t := talk{dialog: l.dialog, session: &l.session, heard: true}
	switch {
	case l.change.pending() || l.resend != nil && l.resend.offers:
		t.open = ours
	case l.lines.deferred != nil:
		t.open = theirs
	}
	return t
}

// talk implements the leg's side of requests: an incoming leg has one dialog, in
// which the INVITE's offer waits for the 200, or for the PRACK.
func (in *Incoming) talk(tag string) talk {
	t := in.standing(tag)
	if in.state == early && !in.rel.settled && t.open == nothing {
		t.open = theirs
		if u := in.rel.unacked; u != nil && u.offers {
			t.open = ours
		}
	}
	return t
}

// refuseOpen refuses an offer that comes while another one is open (RFC 3311 §5.2,
// RFC 3261 §14.2).
func (t talk) refuseOpen(tx *txn.Server) bool {
	switch t.open {
	case ours:
		refuse(tx, 491, "Request Pending", "an offer of ours waits for its answer")
	case theirs:
		res := respond(tx, 500, "Server Internal Error")
		sipmsg.RetryAfter(res, rand.IntN(11))
		sipmsg.Warning(res, "the offer before is not answered yet")
		_ = tx.Respond(res)
	default:
		return false
	}
	return true
}
