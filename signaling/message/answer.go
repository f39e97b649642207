package message

import (
	"sync"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// answer is what is owed to the sender of a message.
type answer struct {
	s  *Service
	tx *txn.Server
}

// refuse says why a message goes nowhere.
func (a answer) refuse(cause tandem.Cause) {
	a.s.counts.refused.Add(1)
	res := a.tx.Answer(cause.Status, "")
	if cause.Detail != "" {
		sipmsg.Warning(res, cause.Detail)
	}
	if cause.Status == 503 {
		sipmsg.RetryAfter(res, 5)
	}
	_ = a.tx.Respond(res) // the flow is gone: nobody is left to be told
}

// accept says that a message has arrived (200), or that it will (202).
func (a answer) accept(status int) {
	if status == 202 {
		_ = a.tx.Respond(a.tx.Answer(202, "Accepted"))
		return
	}
	_ = a.tx.Respond(a.tx.Answer(200, ""))
}

// settle passes on what came of a delivery.
func (a answer) settle(o outcome) {
	if o.arrived {
		a.s.counts.delivered.Add(1)
		a.accept(o.status)
		return
	}
	a.refuse(o.cause)
}

// waiting is a message to a user that is kept if no device answers.
type waiting struct {
	s    *Service
	a    answer
	l    letter
	user string

	mu      sync.Mutex // a leaf: guards what follows
	id      string     // the Keeper's, once it is kept
	arrived bool       // a device has taken it late
}

// settle takes what came of the delivery: when nobody was there to say yes or no,
// the message is kept.
func (w *waiting) settle(o outcome) {
	if o.arrived || !o.away {
		w.a.settle(o)
		return
	}
	w.s.clerk.keepLate(w)
}

// late is a device that has taken the message after its sender was told that it is
// kept.
func (w *waiting) late() {
	w.mu.Lock()
	w.arrived = true
	id := w.id
	w.mu.Unlock()
	if id != "" {
		w.s.clerk.drop(w.user, id)
	}
}

// keptAs notes under which name the message is kept; false means that it has
// arrived in the meantime.
func (w *waiting) keptAs(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.id = id
	return !w.arrived
}
