package trace

import "container/list"

// What waits for a call to be known: messages come before the bridge says whose they
// are, and those of strangers are never anybody's.
const (
	maxWaiting       = 512     // dialogs
	maxWaitingItems  = 12      // of one dialog
	maxWaitingOctets = 1 << 20 // of all
	maxRef           = 1024    // octets of a Call-ID
)

// waiting keeps the messages of Call-IDs that belong to no call so far; the oldest
// dialogs go first. The Store's mutex guards it.
type waiting struct {
	by     map[string]*list.Element // of *waiter
	order  list.List
	octets int
}

type waiter struct {
	ref    string
	items  []Item
	octets int
}

func (w *waiting) init() { w.by = make(map[string]*list.Element) }

func (w *waiting) len() int { return len(w.by) }

func (w *waiting) has(ref []byte) bool {
	_, ok := w.by[string(ref)]
	return ok
}

// add keeps a message; only an INVITE begins to wait.
func (w *waiting) add(ref string, i Item) {
	e := w.by[ref]
	if e == nil {
		if !begins(i.Text) || ref == "" || len(ref) > maxRef {
			return
		}
		e = w.order.PushBack(&waiter{ref: ref})
		w.by[ref] = e
	}
	d := e.Value.(*waiter)
	if len(d.items) >= maxWaitingItems {
		return
	}
	d.items = append(d.items, i)
	d.octets += i.cost()
	w.octets += i.cost()
	for w.octets > maxWaitingOctets || len(w.by) > maxWaiting {
		w.take(w.order.Front().Value.(*waiter).ref)
	}
}

// take returns what waits for a Call-ID, which waits no longer.
func (w *waiting) take(ref string) []Item {
	e := w.by[ref]
	if e == nil {
		return nil
	}
	d := e.Value.(*waiter)
	delete(w.by, ref)
	w.order.Remove(e)
	w.octets -= d.octets
	return d.items
}
