package txn

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// receive takes a response, on the flow's reader.
func (c *Client) receive(res *sip.Response) {
	c.mu.Lock()
	if c.gone || c.final != 0 && !res.IsSuccess() || c.final >= 300 {
		c.mu.Unlock()
		return
	}
	first := c.final == 0
	invite := c.req.IsInvite()
	switch {
	case res.IsProvisional():
		c.proceeding = true
	case first:
		c.final = res.StatusCode
	}
	if c.timer != nil && (c.final != 0 || invite && !c.canceling) {
		c.timer.Stop()
	}
	if invite && c.over && c.final == 0 && !c.canceling {
		c.boundLocked()
	}
	if c.final != 0 || invite {
		c.raw = nil
	}
	var began *lease
	if first && invite && res.IsSuccess() && !c.over {
		began = &lease{what: c}
		c.lease = began
	}
	forgotten := c.over && c.final != 0
	c.mu.Unlock()
	switch {
	case res.IsProvisional() || !first:
		c.turns.do(func() { c.deliver(res) })
	case res.IsSuccess() && invite && forgotten:
		c.dock(nil)
	case res.IsSuccess() && invite:
		c.l.long.add(began)
		c.turns.do(func() { c.deliver(res) })
	default:
		c.conclude(res)
	}
}

// conclude takes the final answer that is the last, and acknowledges the refusal
// of an INVITE (RFC 3261 §17.1.1.3). Timer K of other requests would only swallow
// repetitions, which find no transaction and are dropped.
func (c *Client) conclude(res *sip.Response) {
	switch {
	case !c.req.IsInvite():
		c.l.tables.removeClient(c)
		c.leave()
	default:
		ack := sipmsg.Bytes(ackOf(c.req, res))
		if c.f.Kind().Stream() { // Timer D is zero
			c.l.tables.removeClient(c)
			c.leave()
		} else {
			c.dock(ack)
		}
		_ = c.l.write(c.f, ack) // a lost one is asked for again
	}
	c.turns.do(func() {
		c.deliver(res)
		c.finish(nil)
	})
}

// ackOf builds the ACK to the refusal of an INVITE: its Request-URI, top Via,
// Route, From, Call-ID and CSeq number, and the To of the answer (RFC 3261
// §17.1.1.3).
func ackOf(invite *sip.Request, res *sip.Response) *sip.Request {
	req := within(invite, sip.ACK)
	if to := res.To(); to != nil {
		req.ReplaceHeader(sip.HeaderClone(to))
	}
	req.SetBody(nil)
	req.SetTransport(invite.Transport())
	return req
}

// within begins an ACK or a CANCEL of an INVITE.
func within(invite *sip.Request, method sip.RequestMethod) *sip.Request {
	req := sip.NewRequest(method, *invite.Recipient.Clone())
	req.AppendHeader(invite.Via().Clone())
	for _, name := range []string{"Route", "From", "To", "Call-ID"} {
		sip.CopyHeaders(name, invite, req)
	}
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: method})
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	return req
}
