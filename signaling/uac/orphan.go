package uac

import (
	"slices"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// maxOrphans bounds the dialogs of one attempt that are ended for nobody; maxRoutes
// the route set of one.
const (
	maxOrphans = 12
	maxRoutes  = 16
)

// dismiss acknowledges and ends a dialog that an INVITE has made after all, when
// nobody waits for it any more (RFC 3261 §13.2.2.4): else its far end believes that
// it is in a call.
func (a *attempt) dismiss(res *sip.Response) {
	if !a.request.IsInvite() || res.StatusCode/100 != 2 || res.To() == nil {
		return
	}
	layer := a.call.client.layer.Load()
	tag, _ := sipmsg.Param(res.To().Params, "tag")
	if ack := a.orphans[tag]; ack != nil {
		_ = layer.Write(a.flow, ack) // ours was lost
		return
	}
	if len(a.orphans) >= maxOrphans {
		return
	}
	if a.orphans == nil {
		a.orphans = make(map[string]*sip.Request)
	}
	seq := a.request.CSeq().SeqNo
	ack := within(a.request, res, sip.ACK, seq)
	a.orphans[tag] = ack
	_ = layer.Write(a.flow, ack) // a flow that is gone takes its far end with it
	_, _ = layer.Send(a.flow, within(a.request, res, sip.BYE, seq+1), nil, nil)
}

// within builds a request in the dialog that a 2xx has made: RFC 3261 §12.1.2,
// §12.2.1.1.
func within(invite *sip.Request, res *sip.Response, method sip.RequestMethod, seq uint32) *sip.Request {
	target := invite.Recipient
	if c := res.Contact(); c != nil && !c.Address.Wildcard && c.Address.Host != "" {
		target = c.Address
	}
	req := sip.NewRequest(method, *target.Clone())
	req.Recipient.Headers = nil
	var routes []sip.Header
	for _, h := range res.GetHeaders("Record-Route") {
		if rr, ok := h.(*sip.RecordRouteHeader); ok && len(routes) < maxRoutes {
			routes = append(routes, &sip.RouteHeader{Address: *rr.Address.Clone()})
		}
	}
	slices.Reverse(routes)
	for _, r := range routes {
		req.AppendHeader(r)
	}
	sip.CopyHeaders("From", invite, req)
	sip.CopyHeaders("To", res, req)
	sip.CopyHeaders("Call-ID", invite, req)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	return req
}
