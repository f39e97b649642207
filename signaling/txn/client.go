package txn

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Client is a client transaction (RFC 3261 §17.1): a request that went out, and
// its answers. It is safe for concurrent use.
type Client struct {
	origin
	conn  *clientConn
	tx    *sip.ClientTx
	on    func(res *sip.Response)
	done  func(err error)
	queue queue

	mu         sync.Mutex
	proceeding bool        // a provisional response has come
	final      int         // status of the first final response, or 0
	cancel     []string    // Reason values of a CANCEL kept back; nil if none is
	canceling  bool        // Cancel was called
	deadline   *time.Timer // ends an INVITE that was canceled and not answered
	cause      error       // why we ended it ourselves
	over       bool        // done has been called
}

// Send starts a client transaction: req goes down the flow with a fresh Via (any
// that it had are taken off), and with Max-Forwards 70 if it has none. on takes
// each response, those of other forks and repeated 2xx to an INVITE included;
// repeated provisionals are not told apart. done is called once, after the last
// on: with nil after the final answer (for an INVITE with 2xx 32 s after the
// first, RFC 6026), or with ErrTimeout, ErrTransport, ErrFlowGone or ErrEnded.
// Both are called one after the other on the transaction's own goroutine, and
// may be nil. If Send errs, neither is called. req must not be changed
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

// start runs the machine of a request that is complete.
func (l *Layer) start(f *flow.Flow, req *sip.Request, on func(res *sip.Response), done func(err error)) (*Client, error) {
	select {
	case <-f.Closed():
		return nil, ErrFlowGone
	default:
	}
	c := &Client{
		origin: origin{l, f, req, scopeOf(f), clientKey(req)},
		conn:   &clientConn{conn: conn{l, f}}, on: on, done: done, queue: queue{wg: &l.wg},
	}
	c.tx = sip.NewClientTx(c.key, req, c.conn, l.nolog)
	c.tx.OnTerminate(func(_ string, err error) { c.terminated(err) })
	c.tx.OnRetransmission(c.repeated)
	if !l.tables.addClient(c) {
		return nil, ErrEnded
	}
	if err := c.tx.Init(); err != nil {
		c.mu.Lock()
		c.over = true
		c.mu.Unlock()
		c.tx.Terminate()
		if errors.Is(err, ErrFlowGone) {
			return nil, ErrFlowGone
		}
		return nil, fmt.Errorf("send %s: %w", req.Method, ErrTransport)
	}
	return c, nil
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

// receive takes a response on the flow's reader, which it never keeps waiting.
func (c *Client) receive(res *sip.Response) {
	if c.acknowledged(res) {
		return
	}
	if !c.queue.offer(func() { c.pass(res) }) {
		c.l.counts.overload.Add(1)
	}
}

// acknowledged repeats our ACK if the INVITE has been refused before: the ACK
// was lost. The machine would sleep 4 s over it.
func (c *Client) acknowledged(res *sip.Response) bool {
	ack := c.conn.ack.Load()
	if ack == nil {
		return false
	}
	if res.StatusCode >= 300 {
		_ = c.l.write(c.f, *ack)
	}
	return true
}

// pass gives one response to the machine and delivers what the machine lets
// through; it runs on the pump. Receive waits until its response is taken, so it
// needs a goroutine beside.
func (c *Client) pass(res *sip.Response) {
	if c.acknowledged(res) {
		return
	}
	received := make(chan struct{})
	go func() {
		defer close(received)
		c.tx.Receive(res)
	}()
	for waiting := true; waiting; {
		select {
		case r := <-c.tx.Responses():
			c.deliver(r)
		case <-received:
			waiting = false
		}
	}
	if !c.req.IsInvite() && !res.IsProvisional() {
		// Timer K of RFC 3261 §17.1.2.2 only swallows repetitions, which find no
		// transaction now and are dropped; sipgo would keep it for 32 s.
		c.tx.Terminate()
	}
}

// repeated takes a 2xx after the first, on the goroutine of pass.
func (c *Client) repeated(res *sip.Response) {
	c.queue.must(func() { c.call("on", func() { c.on(res) }, c.on != nil) })
}

// deliver notes where a response brings us, and hands it up; on the pump.
func (c *Client) deliver(res *sip.Response) {
	c.mu.Lock()
	var reasons []string
	if res.IsProvisional() {
		c.proceeding = true
		reasons, c.cancel = c.cancel, nil
	} else if c.final == 0 {
		c.final = res.StatusCode
		if c.deadline != nil {
			c.deadline.Stop()
		}
	}
	over := c.over
	c.mu.Unlock()
	if reasons != nil {
		c.sendCancel(reasons)
	}
	if over {
		return
	}
	c.call("on", func() { c.on(res) }, c.on != nil)
	if !res.IsProvisional() && !(c.req.IsInvite() && res.IsSuccess()) {
		c.finish(nil) // a refused INVITE's machine stays to acknowledge repetitions (Timer D)
	}
}

// terminated is called by the machine, within its lock.
func (c *Client) terminated(err error) {
	c.l.tables.removeClient(c)
	c.mu.Lock()
	if c.deadline != nil {
		c.deadline.Stop()
	}
	cause := c.cause
	over := c.over
	c.mu.Unlock()
	if over {
		return
	}
	switch {
	case cause != nil:
		err = cause
	case errors.Is(err, ErrFlowGone):
		err = ErrFlowGone
	case errors.Is(err, sip.ErrTransactionTransport):
		err = ErrTransport
	case errors.Is(err, sip.ErrTransactionTimeout):
		err = ErrTimeout
	default:
		err = nil
	}
	c.queue.must(func() { c.finish(err) })
}

// terminate ends the transaction for a reason of ours.
func (c *Client) terminate(err error) {
	c.mu.Lock()
	c.cause = err
	c.mu.Unlock()
	c.tx.Terminate()
}

// finish calls done, once; on the pump.
func (c *Client) finish(err error) {
	c.mu.Lock()
	over := c.over
	c.over = true
	c.mu.Unlock()
	if !over {
		c.call("done", func() { c.done(err) }, c.done != nil)
	}
}

// call makes a callback that may be nil.
func (c *Client) call(what string, fn func(), set bool) {
	if set {
		c.l.guard(what, fn)
	}
}

// Cancel cancels an INVITE (RFC 3261 §9.1): at once if a provisional response
// has come, otherwise as soon as one comes, and never after a final one. The
// reasons become Reason fields (RFC 3326). If the INVITE is not answered within
// 32 s of the CANCEL, it ends with ErrTimeout. A 2xx may still cross: on gets it,
// and its dialog has to be acknowledged and ended. Further calls do nothing.
func (c *Client) Cancel(reasons ...string) error {
	if !c.req.IsInvite() {
		return errors.New("only an INVITE can be canceled")
	}
	c.mu.Lock()
	if c.final != 0 || c.canceling || c.over {
		c.mu.Unlock()
		return nil
	}
	c.canceling = true
	now := c.proceeding
	if !now {
		c.cancel = append([]string{}, reasons...)
	}
	c.mu.Unlock()
	if now {
		return c.sendCancel(reasons)
	}
	return nil
}

// sendCancel sends the CANCEL as a transaction of its own.
func (c *Client) sendCancel(reasons []string) error {
	c.mu.Lock()
	if c.final != 0 || c.over {
		c.mu.Unlock()
		return nil
	}
	c.deadline = time.AfterFunc(sixtyFourT1, func() { c.terminate(ErrTimeout) })
	c.mu.Unlock()
	_, err := c.l.start(c.f, cancelOf(c.req, reasons), nil, nil)
	return err
}

// cancelOf builds the CANCEL of an INVITE: its Request-URI, top Via, Route,
// From, To, Call-ID and CSeq number (RFC 3261 §9.1).
func cancelOf(invite *sip.Request, reasons []string) *sip.Request {
	req := sip.NewRequest(sip.CANCEL, *invite.Recipient.Clone())
	req.AppendHeader(invite.Via().Clone())
	for _, name := range []string{"Route", "From", "To", "Call-ID"} {
		sip.CopyHeaders(name, invite, req)
	}
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	for _, r := range reasons {
		if r = strings.TrimSpace(r); r != "" {
			req.AppendHeader(sip.NewHeader("Reason", r))
		}
	}
	req.SetBody(nil)
	req.SetTransport(invite.Transport())
	return req
}
