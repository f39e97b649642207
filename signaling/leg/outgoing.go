package leg

import (
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/uac"
)

var _ bridge.Leg = (*Outgoing)(nil)

// Outgoing is a leg that we call: the UAC of RFC 3261 §13.2.
//
//	Outgoing                far end
//	  |------ INVITE SDP ----->|  Begin
//	  |<------ 180 ------------|  Ringing
//	  |<------ 183 SDP --------|  Early
//	  |<------ 200 SDP --------|  Answered
//	  |------- ACK ----------->|  at once
//
// End before the answer sends CANCEL; a 200 that crosses it is acknowledged and
// ended with BYE.
type Outgoing struct {
	leg
	dest     uac.Destination
	hurry    bool // who calls has others to call
	families families
	doubt    error        // why the trunk is thought to be down; nil mostly
	request  *sip.Request // what each attempt is made of
	sent     *uac.Call    // nil before the INVITE is sent
	wish     wish
	shown    trunk.Caller            // for a trunk: who calls
	by       *Incoming               // whose credentials and challenges are passed on; nil for nobody's
	base     *sdp.Session            // our offer pending: each early dialog forks it
	forks    map[string]*earlyDialog // by To-tag, at most maxForks
	sounded  bool                    // Early was told, of a description
	heard    sdp.Codec               // what came before any description; zero for nothing
	rung     bool                    // Ringing was told
	rang     bool                    // a provisional response beyond 100 has come
	others   []registrar.Binding     // further flows of the device that is called
	ack      *sip.Request            // repeated for each repeated 2xx
	winner   string                  // To-tag of the 2xx that counts
	rings    tandem.Address          // who was said to be rung there; zero for nothing said
	losers   map[string]*sip.Request // the ACKs of other 2xx by To-tag, at most maxForks
	why      tandem.Cause            // why we have canceled
	fax      bool                    // the caller has a fax for us, and no sound
}

// maxForks bounds the early dialogs of one INVITE that we follow.
const maxForks = 12

// outgoingCall is what the Dialer knows of a branch.
type outgoingCall struct {
	call      tandem.CallID
	dest      uac.Destination
	routes    []sip.Uri           // before the target
	others    []registrar.Binding // further flows of the device
	hurry     bool                // there is somebody else to call where this one is silent
	doubt     error               // why the trunk is thought to be down; nil mostly
	target    sip.Uri
	remote    sip.Uri
	remoteStr string          // display name of To
	local     sipmsg.NameAddr // whom From shows
	caller    tandem.Address
	party     tandem.Address
	user      string
	instance  string
	trunk     *trunk.Trunk
	charge    Charge       // of the trunk's; nil where nobody counts
	present   trunk.Caller // shown to trunk
	by        *Incoming    // whose credentials go to trunk; nil for our own
	lines     []media.LineOffer
	formats   []sdp.Codec
	hops      int
	referred  string // the user who has sent the caller on; empty for nobody
}

func newOutgoing(c *Core, o bridge.Owner, id tandem.LegID, call outgoingCall) *Outgoing {
	out := &Outgoing{forks: make(map[string]*earlyDialog)}
	config := dialog.Config{LocalTag: sipmsg.Tag()}
	profile := sdp.Plain
	if f := call.dest.Flow; f != nil {
		config.Contact, profile = c.contact(f, "tandem"), profileOf(f)
	}
	d, req := dialog.ToInvite(dialog.Calling{
		CallID: sipmsg.CallID(), Target: call.target, Local: call.local.URI, LocalName: sipmsg.Quote(call.local.Name),
		Remote: call.remote, RemoteName: sipmsg.Quote(call.remoteStr), Routes: call.routes, Hops: call.hops,
	}, config)
	if call.referred != "" { // RFC 3892 §3; vouched for by us
		by := c.identity(call.referred)
		req.AppendHeader(sip.NewHeader("Referred-By", "<"+by.String()+">"))
	}
	out.leg = leg{
		core: c, owner: bridge.NewHome(o), id: id, call: call.call, flow: call.dest.Flow, dialog: d, party: call.party, profile: profile,
		peerUser: call.user, instance: call.instance,
		log: c.Log.With("leg", string(id), "sip_call_id", d.CallID()),
	}
	out.dest, out.hurry, out.doubt, out.others = call.dest, call.hurry, call.doubt, call.others
	out.session = sdp.NewSession(sdp.SessionConfig{SessionID: sessionID()})
	out.base, out.request, out.self = out.session, req, out
	out.wish = wish{profile: out.profile, prefer: c.prefers(), other: call.formats}
	if call.trunk != nil {
		out.peerTrunk, out.counted, out.charge = call.trunk.Name(), call.trunk, call.charge
		out.shown, out.account, out.by = call.present, call.present.User, call.by
	}
	out.wish.named = out.namedCodecs()
	out.shows.told = call.caller
	out.lines.theirs, out.fax = out.allowed(call.lines), isFax(call.lines)
	return out
}

// Called implements bridge.Leg.
func (out *Outgoing) Called() bool { return true }

// Begin implements bridge.Leg: it offers and invites, once the way is known.
func (out *Outgoing) Begin() tandem.Cause {
	if out.refused {
		out.finish()
		return tandem.Cause{Status: 503, Detail: "too many dialogs"}
	}
	if cause := out.crowded(); cause.Status != 0 {
		out.finish()
		return cause
	}
	if out.dest.Flow != nil {
		return out.invite()
	}
	if targets, ok := out.core.Client.Known(out.dest); ok {
		return out.found(targets, nil)
	}
	out.find()
	return tandem.Cause{}
}

// Progress implements bridge.Leg; a leg that we call is told nothing.
func (out *Outgoing) Progress(bridge.Progress) tandem.Cause { return tandem.Cause{} }

// Answer implements bridge.Leg; a leg that we call answers by itself.
func (out *Outgoing) Answer(bridge.Leg) tandem.Cause { return tandem.Cause{} }

// response takes what the far end answers to the INVITE: not what was answered to
// a challenge, nor a 503 after which there is another target.
func (out *Outgoing) response(res *sip.Response) {
	switch {
	case res.StatusCode == 100:
	case res.StatusCode < 200:
		out.provisional(res)
	case res.StatusCode < 300:
		out.accepted(res)
	default:
		out.failed(res)
	}
}

// agree starts the media that an answer to our offer describes.
func (out *Outgoing) agree(s *sdp.Stream) error {
	if err := out.media.Prepare(&s.Remote, s.Setup); err != nil {
		return err
	}
	return out.apply(s)
}

// accepted is a 2xx: acknowledged at once, whatever comes of it (RFC 3261
// §13.2.2.4).
func (out *Outgoing) accepted(res *sip.Response) {
	tag, _ := sipmsg.Param(res.To().Params, "tag")
	switch {
	case out.ack != nil && tag == out.winner:
		_ = out.core.layer.Write(out.way(), out.ack) // our ACK was lost
		return
	case out.ack != nil:
		out.dismiss(res) // another fork has answered too
		return
	}
	if err := out.choose(res); err != nil {
		out.dismissBroken(res, err)
		return
	}
	out.winner = tag
	out.ack = out.acknowledge(res)
	_ = out.core.layer.Write(out.way(), out.ack) // a lost flow shows as missing media
	if out.state != early {                      // CANCEL crossed this 200 (§9.1): BYE
		out.hangUp(out.why)
		return
	}
	out.heardOf(res)
	if err := out.settle(res); err != nil {
		cause := causeOfAnswer(err)
		out.state = confirmed
		out.hangUp(cause)
		out.owner.Ended(out, cause)
		return
	}
	out.state = confirmed
	out.clock.Agreed(res)
	out.wind()
	out.charged()
	out.owner.Answered(out)
	out.answeredBy(res)
	out.reoffer() // what was wanted before
}

// failed is a final refusal.
func (out *Outgoing) failed(res *sip.Response) {
	if out.state != early || res.StatusCode == 430 && out.byOther() {
		return // over comes next
	}
	if res.StatusCode == 422 && out.clock.TooBrief(res) {
		out.inviteAgain()
		return
	}
	if res.StatusCode == 488 && out.offerRest() {
		return
	}
	status := res.StatusCode
	switch {
	case status < 400 && out.redirected(res):
		return
	case status < 400:
		status = 480 // a redirection that is not followed: nobody is there
	case out.passedBack(res):
	case status == 401 || status == 407:
		status = 403 // RFC 3261 §22: a challenge of the far end's is not the caller's
	}
	phrase := ""
	if status == res.StatusCode && !strings.EqualFold(res.Reason, tandem.Phrase(status)) {
		phrase = words(res.Reason)
	}
	cause := causeOf(res, tandem.FromStatus(status, phrase))
	out.finish()
	out.owner.Ended(out, cause)
}

// End implements bridge.Leg.
func (out *Outgoing) End(cause tandem.Cause) {
	switch out.state {
	case early:
		out.state, out.why = ending, cause
		out.closeMedia()
		if out.sent == nil {
			out.finish()
			return
		}
		out.sent.Cancel(cancelReasons(cause)...)
	case confirmed:
		out.hangUp(cause)
	}
}

// leftEarly: a callee must not end an early dialog with BYE (RFC 3261 §15); one
// that does is not there any more.
func (out *Outgoing) leftEarly(bye *sip.Request) tandem.Cause {
	return causeOf(bye, tandem.FromStatus(480, ""))
}

// dismiss acknowledges and ends another dialog of the same INVITE, one that
// answered too late (RFC 3261 §13.2.2.4).
func (out *Outgoing) dismiss(res *sip.Response) {
	tag, _ := sipmsg.Param(res.To().Params, "tag")
	way := out.sent.FlowOf(res)
	if way == nil {
		return
	}
	if ack := out.losers[tag]; ack != nil {
		_ = out.core.layer.Write(way, ack)
		return
	}
	other, err := out.dialog.Fork(res)
	if err != nil || len(out.losers) >= maxForks {
		return
	}
	if out.losers == nil {
		out.losers = make(map[string]*sip.Request)
	}
	ack := other.Ack(res.CSeq().SeqNo)
	out.losers[tag] = ack
	_ = out.core.layer.Write(way, ack)
	bye := other.Request(sip.BYE)
	for _, v := range tandem.CauseElsewhere.ReasonHeader() {
		bye.AppendHeader(sip.NewHeader("Reason", v))
	}
	_, _ = out.core.layer.Send(way, bye, nil, nil) // a flow that is gone takes its far end with it
}

// dismissBroken ends a leg whose 2xx makes no dialog. It is acknowledged and ended
// with BYE all the same, at the address that was called: else the far end repeats
// it and believes that it is in a call.
func (out *Outgoing) dismissBroken(res *sip.Response, err error) {
	wasEarly := out.state == early
	cause := tandem.FromStatus(502, "")
	cause.Detail = err.Error()
	out.winner, _ = sipmsg.Param(res.To().Params, "tag")
	out.ack = out.dialog.Ack(res.CSeq().SeqNo)
	_ = out.core.layer.Write(out.way(), out.ack)
	out.hangUp(cause)
	if wasEarly {
		out.owner.Ended(out, cause)
	}
}

// flowLost implements the leg's side of a closed connection: a device that rang
// does not ring any more. The transaction layer ends the INVITE by itself.
func (out *Outgoing) flowLost(f *flow.Flow) { out.detached(f) }
