package leg

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
)

// maxProvisionals bounds the responses that wait for a PRACK.
const maxProvisionals = 4

// reliably is how a caller gets its provisional responses (RFC 3262 §3). One with
// early media is reliable where the caller can have it so, and every one where the
// caller requires it.
//
//	Incoming              far end
//	  |--- 183 SDP RSeq ----->|  repeated after T1, 3*T1, 7*T1 ... 64*T1: 504
//	  |<---- PRACK RAck ------|
//	  |--- 200 (PRACK) ------>|  then what has waited: the next 1xx, or the 200
type reliably struct {
	supported, required bool
	rseq                uint32
	unacked             *unacked
	waiting             []provisional
	final               func() tandem.Cause // the 200, where it waits for the PRACK
	// settled says that offer and answer are done before the 200, which then has no
	// description (RFC 6337 §3.1.1).
	settled bool
	latest  *sip.Response // the last one that was not reliable, for remind
}

// provisional is a response that is to be sent.
type provisional struct {
	status int
	reason string
	body   []byte
}

// unacked is a reliable response whose PRACK has not come.
type unacked struct {
	res       *sip.Response
	timing    dialog.Repeat
	describes bool // it has a description
	offers    bool // which is our offer: the PRACK brings the answer
	done      bool // not repeated any more
}

// reliablyFor is what an INVITE asks for, and the configuration allows.
func (in *Incoming) reliablyFor(req *sip.Request) reliably {
	r := reliably{}
	r.supported, r.required = asksReliable(req)
	if in.reliable() == trunk.ReliableOff {
		r.supported = r.required
	}
	return r
}

// provisional sends a response before the answer, or keeps it until the one before
// it is acknowledged.
func (in *Incoming) provisional(p provisional) {
	r := &in.rel
	switch {
	case !r.required && !(r.supported && p.status == 183):
		in.respondWith(p)
	case r.unacked == nil:
		in.sendReliably(p)
	case len(r.waiting) < maxProvisionals:
		r.waiting = append(r.waiting, p)
	}
}

func (in *Incoming) respondWith(p provisional) {
	res := in.response(p.status, p.reason)
	if p.body != nil {
		setDescription(res, p.body)
	}
	_ = in.tx.Respond(res) // a lost flow is told by flowLost
	in.rel.latest = res
	in.remind(res)
}

// remind says every minute that the call goes on, so that no proxy between gives
// it up (RFC 3261 §13.3.1.1).
func (in *Incoming) remind(res *sip.Response) {
	in.after(time.Minute, func() {
		if in.state != early || in.rel.latest != res {
			return
		}
		if in.rel.unacked == nil {
			_ = in.tx.Respond(res)
		}
		in.remind(res)
	})
}

// sendReliably sends a response until its PRACK comes. Where the caller has offered
// nothing, the first one has our offer (RFC 3262 §5).
func (in *Incoming) sendReliably(p provisional) {
	r := &in.rel
	offers := in.offer == nil && !r.settled
	if offers {
		var err error
		if p.body, err = in.session.Offer(in.local(in.offering(nil), nil)); err != nil {
			in.log.Warn("no offer in a provisional response", "error", err)
			return
		}
	}
	if r.rseq == 0 {
		r.rseq = rand.Uint32N(1 << 30) // §3: below 2^31, and room to count
	}
	r.rseq++
	res := in.response(p.status, p.reason)
	res.AppendHeader(sip.NewHeader("Require", dialog.TagReliable))
	res.AppendHeader(sip.NewHeader("RSeq", strconv.FormatUint(uint64(r.rseq), 10)))
	in.core.introduce(res) // before the answer, so that UPDATE may be used
	if p.body != nil && !r.settled {
		setDescription(res, p.body)
	}
	r.unacked = &unacked{res: res, describes: p.body != nil && !r.settled, offers: offers}
	_ = in.tx.Respond(res)
	in.repeatProvisional(r.unacked)
}

func (in *Incoming) repeatProvisional(u *unacked) {
	wait, ok := u.timing.Next()
	if !ok {
		in.unpracked()
		return
	}
	in.after(wait, func() {
		if in.rel.unacked != u || u.done || in.state != early {
			return
		}
		if !u.timing.Over() {
			_ = in.tx.Respond(u.res)
		}
		in.repeatProvisional(u)
	})
}

// unpracked: no PRACK in 64*T1. The INVITE is refused.
func (in *Incoming) unpracked() {
	cause := tandem.FromStatus(504, "No PRACK for our provisional response")
	cause.Detail = "the caller asked for reliable provisional responses (100rel) and did not acknowledge one"
	in.log.Warn("no PRACK", "contact", contactText(&in.leg))
	in.refuse(cause)
	in.owner.Ended(in, cause)
}

// pracked is the PRACK of a caller.
func (in *Incoming) pracked(tx *txn.Server, req *sip.Request) {
	r := &in.rel
	rack, err := dialog.ParseRAck(sipmsg.Value(req, "RAck"))
	if err != nil {
		refuse(tx, 400, "Bad Request", err.Error())
		return
	}
	u := r.unacked
	if u == nil || rack != (dialog.RAck{RSeq: r.rseq, CSeq: in.tx.Request().CSeq().SeqNo, Method: sip.INVITE}) {
		refuse(tx, 481, "Call/Transaction Does Not Exist", "no provisional response of ours waits for this PRACK")
		return
	}
	body, err := description(req)
	if err != nil {
		refuse(tx, 415, "Unsupported Media Type", err.Error())
		return
	}
	answer, err := in.exchange(u, body)
	u.done, r.unacked = true, nil
	if err != nil {
		in.refuseOffer(tx, err)
	} else {
		res := respond(tx, 200, "OK")
		if answer != nil {
			setDescription(res, answer)
		}
		_ = tx.Respond(res)
	}
	in.goOn()
}

// exchange does what a PRACK's description asks for: it answers our offer, or is an
// offer itself once ours was an answer.
func (in *Incoming) exchange(u *unacked, body []byte) ([]byte, error) {
	switch {
	case u.offers && body == nil:
		return nil, errNoAnswer
	case u.offers:
		if err := in.takeAnswer(body); err != nil {
			return nil, err
		}
		in.rel.settled = true
		return nil, nil
	}
	in.rel.settled = in.rel.settled || u.describes
	if body == nil || !in.rel.settled {
		return nil, nil
	}
	return in.reanswer(body)
}

// goOn sends what has waited for a PRACK.
func (in *Incoming) goOn() {
	r := &in.rel
	if in.state != early {
		return
	}
	if r.final != nil {
		send := r.final
		r.final = nil
		if cause := send(); cause.Status != 0 {
			in.refuse(cause)
			in.owner.Ended(in, cause)
		}
		return
	}
	if len(r.waiting) > 0 {
		p := r.waiting[0]
		r.waiting = r.waiting[1:]
		in.provisional(p)
	}
	in.reoffer()
}

// finally sends the 200, after the PRACK of a response with a description (RFC 3262
// §3). Nothing else is repeated any more.
func (in *Incoming) finally(send func() tandem.Cause) tandem.Cause {
	r := &in.rel
	r.waiting = nil
	if r.unacked != nil && r.unacked.describes {
		r.final = send
		return tandem.Cause{}
	}
	if r.unacked != nil {
		r.unacked.done = true
	}
	return send()
}
