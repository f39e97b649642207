package txn

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Client is a client transaction (RFC 3261 §17.1): a request that went out, and
// its answers. It is safe for concurrent use.
//
//	INVITE   Calling --1xx--> Proceeding --300-699--> Completed: a tail
//	                                     --2xx------> Accepted (32 s, RFC 6026)
//	others   Trying --1xx--> Proceeding --final--> gone
type Client struct {
	origin
	turns turns // in which on and done are called

	mu         sync.Mutex
	on         func(res *sip.Response)
	done       func(err error)
	raw        []byte        // the request as octets, while it may be repeated
	timer      *time.Timer   // A, B, E and F; after Cancel what ends the INVITE
	interval   time.Duration // of A and E
	giveUp     time.Time     // Timer B and F
	proceeding bool          // a provisional response has come
	final      int           // status of the first final response, or 0
	cancel     []string      // Reason values of a CANCEL kept back; nil if none is
	canceling  bool          // Cancel was called
	gone       bool          // no more responses are taken
	over       bool          // done has been called, or nobody is to be told
	lease      *lease        // of an accepted INVITE; nil before
}

// Send starts a client transaction: req goes down the flow with a fresh Via (any
// that it had are taken off), and with Max-Forwards 70 if it has none. on takes
// each response, those of other forks and repeated 2xx to an INVITE included;
// repeated provisionals are not told apart. done is called once, after the last
// on: with nil after the final answer (for an INVITE with 2xx 32 s after the
// first, RFC 6026), or with ErrTimeout, ErrTransport, ErrFlowGone or ErrEnded.
// Both are called one after the other, on the flow's reader or on a timer, and must
// not wait; they may be nil. If Send errs, neither is called. req must not be changed
// afterwards.
func (l *Layer) Send(f *flow.Flow, req *sip.Request, on func(res *sip.Response), done func(err error)) (*Client, error) {
	if req.IsAck() {
		return nil, errors.New("an ACK is no transaction")
	}
	for req.RemoveHeader("Via") {
	}
	prepare(f, req)
	return l.start(f, req, on, done)
}

// start begins the transaction of a request that is complete.
func (l *Layer) start(f *flow.Flow, req *sip.Request, on func(res *sip.Response), done func(err error)) (*Client, error) {
	select {
	case <-f.Closed():
		return nil, ErrFlowGone
	default:
	}
	c := &Client{
		origin: origin{l, f, req, scopeOf(f), clientKey(req)}, on: on, done: done,
		raw: sipmsg.Bytes(req), interval: t1, giveUp: time.Now().Add(sixtyFourT1),
	}
	if !l.tables.addClient(c) {
		return nil, ErrEnded
	}
	if err := l.write(f, c.raw); err != nil {
		l.tables.removeClient(c)
		c.mu.Lock()
		c.over, c.gone = true, true
		c.mu.Unlock()
		if errors.Is(err, ErrFlowGone) {
			return nil, ErrFlowGone
		}
		return nil, fmt.Errorf("send %s: %w", req.Method, ErrTransport)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.final == 0 && !c.gone && !(c.proceeding && req.IsInvite()) { // the answer may have been quicker
		wait := sixtyFourT1
		if f.Kind() == flow.UDP {
			wait = t1
		}
		c.timer = time.AfterFunc(wait, c.repeat)
	}
	return c, nil
}

// repeat is Timer A or E over UDP, and Timer B or F when its time has come.
func (c *Client) repeat() {
	c.mu.Lock()
	if c.gone || c.final != 0 || c.proceeding && c.req.IsInvite() {
		c.mu.Unlock()
		return
	}
	left := time.Until(c.giveUp)
	if left <= 0 {
		c.mu.Unlock()
		c.terminate(ErrTimeout)
		return
	}
	switch {
	case c.req.IsInvite():
		c.interval *= 2
	case c.proceeding:
		c.interval = t2
	default:
		c.interval = min(2*c.interval, t2)
	}
	c.timer.Reset(min(c.interval, left))
	raw := c.raw
	c.mu.Unlock()
	if c.f.Kind() != flow.UDP {
		return
	}
	if err := c.l.write(c.f, raw); err != nil {
		c.terminate(err)
	}
}

// prepare gives a request what every one needs from its flow.
func prepare(f *flow.Flow, req *sip.Request) {
	via := &sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: f.Kind().ViaToken(),
		Host: f.Local().Addr().Unmap().WithZone("").String(), Port: int(f.Local().Port()),
		Params: sip.HeaderParams{{K: "branch", V: sipmsg.Branch()}},
	}
	if f.Kind() == flow.UDP {
		via.Params = append(via.Params, sip.HeaderKV{K: "rport"}) // RFC 3581
	}
	if f.Alias() {
		via.Params = append(via.Params, sip.HeaderKV{K: "alias"}) // RFC 5923 §5
	}
	req.PrependHeader(via)
	if req.MaxForwards() == nil {
		hops := sip.MaxForwardsHeader(70)
		req.AppendHeader(&hops)
	}
	if req.ContentLength() == nil {
		req.SetBody(req.Body())
	}
	req.SetTransport(f.Kind().ViaToken())
	req.SetDestination(f.Remote().String())
}

// deliver hands a response up, in its turn.
func (c *Client) deliver(res *sip.Response) {
	c.mu.Lock()
	on, over := c.on, c.over
	var reasons []string
	if res.IsProvisional() {
		reasons, c.cancel = c.cancel, nil
	}
	c.mu.Unlock()
	if reasons != nil {
		if err := c.sendCancel(reasons); err != nil {
			c.l.log.Debug("not canceled", "error", err)
		}
	}
	if on != nil && !over {
		c.l.guard("on", func() { on(res) })
	}
}

// terminate ends the transaction without a further answer.
func (c *Client) terminate(err error) {
	c.l.tables.removeClient(c)
	c.leave()
	c.mu.Lock()
	lease := c.lease
	c.mu.Unlock()
	if lease != nil {
		lease.hold(nil)
	}
	c.turns.do(func() { c.finish(err) })
}

// leave takes no more responses.
func (c *Client) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone, c.raw = true, nil
	if c.timer != nil {
		c.timer.Stop()
	}
}

// expire ends an accepted INVITE (Timer M).
func (c *Client) expire() { c.terminate(nil) }

// finish calls done, once, in its turn.
func (c *Client) finish(err error) {
	c.mu.Lock()
	over, done := c.over, c.done
	c.over, c.on, c.done = true, nil, nil
	c.mu.Unlock()
	if !over && done != nil {
		c.l.guard("done", func() { done(err) })
	}
}

// Forget says that nobody wants to hear more of this transaction: neither on nor
// done is called any more, but for one that is under way. After a 2xx to an INVITE
// little is kept then; one that is still unanswered has 32 s left.
func (c *Client) Forget() {
	c.mu.Lock()
	c.over, c.on, c.done = true, nil, nil
	accepted := c.lease != nil && !c.gone
	if c.req.IsInvite() && c.proceeding && c.final == 0 && !c.gone {
		c.boundLocked()
	}
	c.mu.Unlock()
	if accepted {
		c.dock(nil)
	}
}

// dock leaves a tail in the transaction's place.
func (c *Client) dock(ack []byte) {
	t := &tail{l: c.l, f: c.f, scope: c.scope, key: c.key, ack: ack}
	c.mu.Lock()
	lease := c.lease
	c.mu.Unlock()
	switch in := c.l.tables.dock(c, t); {
	case in && lease != nil:
		lease.hold(t)
	case in:
		c.l.long.add(t)
	}
	c.leave()
}
