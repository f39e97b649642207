package uac

import (
	"fmt"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// maxDatagram is the size beyond which a request does not go over UDP where the
// path's MTU is unknown (RFC 3261 §18.1.1); viaSize is what the Via field, which
// the transaction adds, may take of it.
const (
	maxDatagram = 1300
	viaSize     = 130
)

// attempt is one transaction of a request. It belongs to the call's goroutine but
// for the immutable flow and request.
type attempt struct {
	call    *Call
	target  locate.Target // zero for a flow that was given
	flow    *flow.Flow
	request *sip.Request
	tx      *txn.Client
	timer   *time.Timer

	large      bool // over TCP only for its size: target says UDP
	preempted  bool // it carried credentials of an earlier challenge
	heard      bool // any response has come
	reached    bool // one beyond 100 has come
	superseded bool // its final response led to another attempt
	success    bool // a 2xx has come
	ended      bool // its transaction is over, or nobody listens to it
	orphans    map[string]*sip.Request
}

// toTarget makes an attempt at a target: over TCP where the request is too big
// for UDP and TCP was not seen to fail there.
func (k *Call) toTarget(t locate.Target) (*attempt, error) {
	f, err := k.client.cfg.Ways.Flow(t, k.req.Dest.Identity)
	if err != nil {
		return nil, fmt.Errorf("reach %s: %w", t, err)
	}
	req, err := k.build(f)
	if err != nil {
		return nil, err
	}
	if t.Kind == flow.UDP && len(sipmsg.Bytes(req))+viaSize > maxDatagram && k.client.takesTCP(t.Addr) {
		if a := k.byTCP(t); a != nil {
			return a, nil
		}
	}
	return k.reach(f, t, req)
}

// byTCP makes the attempt at a target of UDP over TCP; nil where there is none.
func (k *Call) byTCP(t locate.Target) *attempt {
	over := t
	over.Kind = flow.TCP
	f, err := k.client.cfg.Ways.Flow(over, k.req.Dest.Identity)
	if err != nil {
		return nil
	}
	req, err := k.build(f)
	if err != nil {
		return nil
	}
	a, err := k.reach(f, t, req)
	if err != nil {
		k.client.noteNoTCP(t.Addr)
		return nil
	}
	a.large = true
	return a
}

// smaller tries the target over UDP after all (RFC 3261 §18.1.1).
func (k *Call) smaller(a *attempt) {
	k.client.noteNoTCP(a.target.Addr)
	k.next-- // the same target again
	k.walk(txn.ErrTransport)
}

// build makes the request for a flow.
func (k *Call) build(f *flow.Flow) (*sip.Request, error) {
	req := k.req.Build(f)
	switch {
	case req == nil:
		return nil, ErrCanceled
	case strings.EqualFold(req.Recipient.Scheme, "sips") && !f.Kind().Secure(), k.secure && !f.Kind().Secure():
		return nil, ErrInsecure
	}
	return req, nil
}

// again sends the request once more down a flow.
func (k *Call) again(f *flow.Flow, t locate.Target) (*attempt, error) {
	req, err := k.build(f)
	if err != nil {
		return nil, err
	}
	return k.reach(f, t, req)
}

// reach sends what was built for a flow.
func (k *Call) reach(f *flow.Flow, t locate.Target, req *sip.Request) (a *attempt, err error) {
	layer := k.client.layer.Load()
	if layer == nil {
		return nil, ErrClosed
	}
	k.made++
	k.invite = req.IsInvite()
	a = &attempt{call: k, target: t, flow: f, request: req}
	a.preempted = k.authorize(req)
	a.tx, err = layer.Send(f, req,
		func(res *sip.Response) { k.queue.offer(func() { k.response(a, res) }) },
		func(err error) { k.queue.must(func() { k.ended(a, err) }) })
	if err != nil {
		return nil, err
	}
	branch, _ := req.Via().Params.Get("branch")
	k.mu.Lock()
	k.branches[branch] = a
	k.mu.Unlock()
	k.live++
	return a, nil
}

// began makes an attempt the one that counts, and sets its time.
func (k *Call) began(a *attempt) {
	k.setCurrent(a)
	if d := k.req.Timeout; d > 0 {
		a.timer = time.AfterFunc(d, func() { k.queue.must(func() { k.silent(a) }) })
	}
}

// over notes the end of the transaction, once.
func (a *attempt) over() {
	if !a.ended {
		a.ended = true
		a.call.live--
	}
}

func (a *attempt) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
}

// cancel gives the attempt up: an INVITE is canceled when that may be done; any
// other request is left to itself.
func (a *attempt) cancel(reasons []string) {
	if a.request.IsInvite() {
		if err := a.tx.Cancel(reasons...); err != nil {
			a.call.client.cfg.Log.Debug("not canceled", "flow", a.flow.Remote().String(), "reason", err)
		}
	}
}
