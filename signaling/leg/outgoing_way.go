package leg

import (
	"errors"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/signaling/uac"
)

// find looks for the way to a destination that is not known yet. The call's
// goroutine does not wait for it.
func (out *Outgoing) find() {
	out.forget = out.core.Client.Resolve(out.dest, func(targets []locate.Target, err error) {
		out.owner.Post(func() {
			if out.state != early {
				return
			}
			if cause := out.found(targets, err); cause.Status != 0 {
				out.owner.Ended(out, cause)
			}
		})
	})
}

// found takes the first way that there is. Another may be taken later; this one says
// which of our addresses the description and Contact name.
func (out *Outgoing) found(targets []locate.Target, err error) tandem.Cause {
	for _, t := range targets {
		var f *flow.Flow
		if f, err = out.core.Client.Way(t, out.dest.Identity); err == nil {
			out.core.move(&out.leg, f)
			out.profile = profileOf(f)
			out.wish.profile = out.profile
			out.families.look(targets, t.Addr.Addr())
			return out.invite()
		}
	}
	if err == nil {
		err = uac.ErrNoTarget
	}
	out.finish()
	return out.unreachable(err)
}

// invite offers and sends the INVITE.
func (out *Outgoing) invite() tandem.Cause {
	if err := out.openMedia(true); err != nil {
		out.finish()
		return noMedia(err)
	}
	codecs := out.wish.codecs()
	err := out.wish.possible(codecs)
	var body []byte
	if err == nil {
		local := out.local(codecs, nil)
		if err = out.faxable(local.NoAudio); err == nil {
			body, err = out.session.Offer(local)
		}
	}
	if err != nil {
		out.finish()
		return causeOfOffer(err)
	}
	out.families.describe(out.media, body, out.flow.Remote().Addr())
	out.ask(out.request)
	out.showCaller(out.request)
	out.credentials()
	setDescription(out.request, body)
	out.expect()
	out.sendInvite()
	return tandem.Cause{}
}

// ask writes what we can do into the INVITE, and what we want of provisional
// responses and of session timers.
func (out *Outgoing) ask(req *sip.Request) {
	switch out.reliable() {
	case trunk.ReliableOff:
		out.core.introduce(req, dialog.TagReliable)
	case trunk.ReliableRequired:
		out.core.introduce(req)
		req.AppendHeader(sip.NewHeader("Require", dialog.TagReliable))
	default:
		out.core.introduce(req)
	}
	out.clock.Ask(out.core.policy().Timer, req)
}

// sendInvite sends the INVITE on its way, once more maybe: what is still answered to
// the one before is not this leg's.
func (out *Outgoing) sendInvite() {
	if out.sent != nil {
		out.sent.Forget()
	}
	var k *uac.Call
	req := uac.Request{
		Dest: out.dest, Build: out.builder(),
		On: func(res *sip.Response) { out.arrived(func() { out.response(res) }) },
		Done: func(err error) {
			out.owner.Post(func() {
				if out.sent == k { // it was not sent anew
					out.over(err)
				}
			})
		},
	}
	if out.dest.Flow == nil {
		req.Timeout, req.Hurry = out.core.Silence, out.hurry
	}
	k = out.core.Client.Send(req)
	out.sent, out.forget = k, k.Forget
	out.invited.Store(k)
}

// inviteAgain sends the INVITE anew with a longer session interval, after a 422 (RFC
// 4028 §7.3).
func (out *Outgoing) inviteAgain() {
	req := out.request.Clone()
	if sent := out.sent.Request(); sent != nil {
		req.ReplaceHeader(&sip.CSeqHeader{SeqNo: sent.CSeq().SeqNo + 1, MethodName: sip.INVITE})
	}
	req.RemoveHeader("Session-Expires")
	req.RemoveHeader("Min-SE")
	out.clock.Ask(out.core.policy().Timer, req)
	out.request, out.forks = req, make(map[string]*earlyDialog)
	out.sendInvite()
}

// offerRest invites once more with all codecs, where the far end takes none of an offer
// that left some out since what it most likely has sounds as well and costs less: some
// telephones have Opus alone, or G.722.
func (out *Outgoing) offerRest() bool {
	if out.wish.whole || out.profile != sdp.Plain || len(out.forks) > 0 {
		return false
	}
	before := len(out.wish.codecs())
	out.wish.whole = true
	codecs := out.wish.codecs()
	local := out.local(codecs, nil)
	if len(codecs) == before || local.NoAudio {
		return false
	}
	out.session.Rollback()
	body, err := out.session.Offer(local)
	if err != nil {
		return false
	}
	out.log.Info("offered more", "codecs", names(codecs))
	out.request.SetBody(body)
	out.expect()
	out.inviteAgain()
	return true
}

// builder makes the INVITE of each attempt: the same but for its CSeq number and our
// own address. It runs beside the call's goroutine and touches nothing of the leg.
func (out *Outgoing) builder() func(*flow.Flow) *sip.Request {
	template, core := out.request, out.core
	first, other := out.families.first, out.families.body
	seq := template.CSeq().SeqNo - 1
	return func(f *flow.Flow) *sip.Request {
		seq++
		req := template.Clone()
		req.ReplaceHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: sip.INVITE})
		req.ReplaceHeader(&sip.ContactHeader{Address: core.contact(f, "tandem")})
		if other != nil && hasIPv4(f.Remote().Addr()) != first {
			req.SetBody(other)
		}
		return req
	}
}

// cameBy takes the way that a response has come as the leg's.
func (out *Outgoing) cameBy(res *sip.Response) {
	f := out.sent.FlowOf(res)
	if f == nil {
		return
	}
	if f.Key() != out.flow.Key() {
		out.core.move(&out.leg, f)
	}
	out.follow(f)
	if t := out.core.Trunks.Serving(out.peerTrunk); t != nil && out.dest.Account != nil {
		t.Reached(f)
	}
	out.dialog.SetContact(out.core.contact(f, "tandem"))
}

// over is the end of the INVITE, whatever was tried.
func (out *Outgoing) over(err error) {
	switch out.state {
	case early:
		if err != nil && !out.rang && out.byOther() {
			return
		}
		out.finish()
		out.owner.Ended(out, out.unreachable(err))
	case ending:
		if out.ack == nil { // canceled, and no 200 has crossed
			out.finish()
		}
	}
}

// unreachable is the cause when a request brought no answer (RFC 3261 §8.1.3.1).
func (out *Outgoing) unreachable(err error) tandem.Cause {
	switch {
	case out.doubt != nil && errors.Is(err, txn.ErrTimeout):
		return unavailable(out.doubt)
	case errors.Is(err, txn.ErrTimeout):
		return tandem.Cause{Status: 408, Q850: 102, Detail: "the far end did not answer the INVITE at all"}
	case errors.Is(err, txn.ErrFlowGone) && out.dest.Flow != nil:
		return tandem.Cause{Status: 480, Q850: 20, Text: "Not registered", Detail: "the connection to the device is gone"}
	}
	c := tandem.FromStatus(503, "")
	if err != nil {
		c.Detail = err.Error()
	}
	if out.dest.Flow == nil {
		c.Detail = "no way to " + out.dest.URI.Host + ": " + c.Detail
	}
	return c
}
