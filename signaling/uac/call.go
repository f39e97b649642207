package uac

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/txn"
)

// Call is a request on its way. Its methods may be called from anywhere.
type Call struct {
	client *Client
	req    Request
	queue  queue

	// What follows belongs to the queue's goroutine.

	resolving context.CancelFunc // nil unless names are being resolved
	targets   []locate.Target
	next      int // the target to be tried next
	made      int // attempts made
	live      int // transactions that are not over
	invite    bool
	secure    bool           // nothing but TLS will do
	current   *attempt       // the one that counts; nil before the first
	refused   *sip.Response  // the 503 that comes to the one who sent when no target is left
	answered  [2]int         // challenges answered, by digest.Role
	owed      [2]credentials // answers for the next attempt, by digest.Role
	proven    bool           // credentials of ours have been taken
	won       bool           // a 2xx has come
	canceled  bool
	reasons   []string
	over      bool // Done has been called

	mu       sync.Mutex
	counts   *attempt            // guarded by mu: current, for Flow and Request
	branches map[string]*attempt // guarded by mu: by Via branch; at most maxAttempts
}

// credentials are what a challenge was answered with.
type credentials []digest.Header

// Cancel gives the request up: an INVITE is canceled (RFC 3261 §9.1), as soon as
// that may be done, with these Reason values (RFC 3326); no other attempt is made.
// A 2xx may still cross it and comes to On. Any other request just ends. Further
// calls do nothing.
func (k *Call) Cancel(reasons ...string) {
	k.queue.must(func() {
		if k.over || k.canceled {
			return
		}
		k.canceled, k.reasons = true, reasons
		if !k.invite || k.current == nil || k.current.tx == nil {
			k.finish(ErrCanceled)
			return
		}
		k.current.cancel(reasons)
	})
}

// Behind calls f, which must not wait, when all responses that have come are given to On:
// a request in the dialog that one of them makes is not to overtake it. False means that
// too many wait, and that f is not called.
func (k *Call) Behind(f func()) bool { return k.queue.behind(f) }

// Flow returns the way of the attempt that counts: the one under way, or that of
// the response given to On last. It is nil before the first.
func (k *Call) Flow() *flow.Flow {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.counts == nil {
		return nil
	}
	return k.counts.flow
}

// FlowOf returns the way that a response given to On has come; nil for a response
// that is not this request's.
func (k *Call) FlowOf(res *sip.Response) *flow.Flow {
	via := res.Via()
	if via == nil {
		return nil
	}
	branch, _ := via.Params.Get("branch")
	k.mu.Lock()
	defer k.mu.Unlock()
	if a := k.branches[branch]; a != nil {
		return a.flow
	}
	return nil
}

// Request returns the request of the attempt that counts, as it was sent; nil
// before the first. It must not be changed.
func (k *Call) Request() *sip.Request {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.counts == nil {
		return nil
	}
	return k.counts.request
}

// begin resolves the destination, or takes the flow that is given.
func (k *Call) begin() {
	d := k.req.Dest
	if d.Flow != nil {
		a, err := k.again(d.Flow, locate.Target{})
		if err != nil {
			k.finish(err)
			return
		}
		k.began(a)
		return
	}
	k.secure = locate.Of(d.URI).Secure
	if targets, ok := k.client.Known(d); ok {
		k.found(targets, nil)
		return
	}
	k.resolving = k.client.Resolve(d, func(targets []locate.Target, err error) {
		k.queue.must(func() { k.found(targets, err) })
	})
}

// found begins the walk.
func (k *Call) found(targets []locate.Target, err error) {
	k.resolving = nil
	if k.over {
		return
	}
	if err != nil {
		if !errors.Is(err, ErrBusy) && !errors.Is(err, ErrNoTarget) {
			err = fmt.Errorf("%w: %w", ErrNoTarget, err)
		}
		k.finish(err)
		return
	}
	k.targets = targets
	k.walk(ErrNoTarget)
}

// walk makes an attempt at the next target that lets one be made; why is what
// became of the last.
func (k *Call) walk(why error) {
	for k.next < len(k.targets) && k.made < maxAttempts {
		t := k.targets[k.next]
		k.next++
		if k.secure && !t.Kind.Secure() {
			why = ErrInsecure
			continue
		}
		a, err := k.toTarget(t)
		if err == nil {
			k.began(a)
			return
		}
		if errors.Is(err, ErrCanceled) {
			k.finish(err)
			return
		}
		if why = err; !errors.Is(err, ErrInsecure) { // that is not the target's fault
			k.client.rest(t, k.client.cfg.Rest, err.Error())
		}
	}
	if k.refused != nil {
		k.deliver(k.refused)
		why = nil
	}
	k.finish(why)
}

// more says whether there is another target to try.
func (k *Call) more() bool { return k.next < len(k.targets) && k.made < maxAttempts && !k.canceled }

// response takes what an attempt was answered.
func (k *Call) response(a *attempt, res *sip.Response) {
	a.heard = true
	a.success = a.success || res.StatusCode/100 == 2
	a.stop()
	success := res.StatusCode/100 == 2
	switch {
	case k.over:
		a.dismiss(res)
		return
	case a != k.current:
		if !k.invite || !success || a.superseded {
			return // given up: only a 2xx still matters
		}
	case k.retried(a, res):
		return
	}
	if success && k.invite && !k.won {
		k.win(a)
	}
	k.taken(a, res)
	a.reached = a.reached || res.StatusCode > 100
	k.deliver(res)
}

// retried says whether a response leads to another attempt rather than to the one
// who sent.
func (k *Call) retried(a *attempt, res *sip.Response) bool {
	switch status := res.StatusCode; {
	case k.canceled || k.won:
	case status == 401 || status == 407:
		return k.challenged(a, res)
	case status == 503 && a.target.Addr.IsValid() && !a.reached: // RFC 3263 §4.3
		k.client.rest(a.target, k.client.retryAfter(res), "503")
		if k.more() {
			k.refused = res
			a.superseded = true
			k.walk(nil)
			return true
		}
	}
	return false
}

// win is the first 2xx of an INVITE: other attempts are canceled.
func (k *Call) win(a *attempt) {
	k.won = true
	if k.current != a {
		k.current.cancel(nil)
		k.setCurrent(a)
	}
}

// ended is the end of an attempt's transaction.
func (k *Call) ended(a *attempt, err error) {
	a.over()
	a.stop()
	defer k.settle()
	if why := a.flow.Err(); why != nil && errors.Is(err, txn.ErrFlowGone) {
		err = fmt.Errorf("%w: %w", err, why) // such as a certificate that names somebody else
	}
	switch {
	case k.over, a != k.current:
	case err == nil:
		k.finish(nil)
	case k.canceled, a.heard:
		k.finish(err)
	default:
		k.lost(a, err)
	}
}

// lost is an attempt without any response: the next target's turn (RFC 3263 §4.3).
func (k *Call) lost(a *attempt, err error) {
	if a.large {
		k.smaller(a)
		return
	}
	k.client.rest(a.target, k.client.cfg.Rest, err.Error())
	k.walk(err)
}

// silent is an attempt that has had no response in time. It is canceled, should
// it be answered yet, and the next one made.
func (k *Call) silent(a *attempt) {
	if k.over || k.canceled || a != k.current || a.heard {
		return
	}
	if !a.large && !k.more() && !k.req.Hurry {
		return // Timer B or F then
	}
	a.cancel(nil)
	k.lost(a, txn.ErrTimeout)
}

// deliver gives a response to the one who sent.
func (k *Call) deliver(res *sip.Response) {
	if k.req.On != nil {
		k.queue.guard(func() { k.req.On(res) })
	}
}

// finish ends the request.
func (k *Call) finish(err error) {
	if k.over {
		return
	}
	k.over = true
	if k.resolving != nil {
		k.resolving()
	}
	if k.current != nil {
		k.current.stop()
	}
	if k.req.Done != nil {
		k.queue.guard(func() { k.req.Done(err) })
	}
	k.settle()
}

// Forget says that nobody wants to hear more of this request: neither On nor Done
// is called any more, but for one that is under way. What is owed to far ends is
// still done: a 2xx of a dialog that nobody knows is acknowledged and ended.
func (k *Call) Forget() {
	k.queue.must(func() {
		k.req.On, k.req.Done = nil, nil
		k.finish(nil)
		for _, a := range k.attempts() {
			if a.success {
				a.tx.Forget()
				a.over()
			}
		}
		k.settle()
	})
}

// attempts are all there were.
func (k *Call) attempts() []*attempt {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Collect(maps.Values(k.branches))
}

// settle forgets the call when nothing can come of it any more.
func (k *Call) settle() {
	if k.over && k.live == 0 {
		k.queue.shut()
		k.client.forget(k)
	}
}

func (k *Call) setCurrent(a *attempt) {
	k.current = a
	k.mu.Lock()
	k.counts = a
	k.mu.Unlock()
}
