package leg

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
)

// trunk asks a carrier or PBX for a number. One whose limit is reached fails at
// once, and so does one that is down where the row has another target; the last one
// is called all the same, and given up soon: OPTIONS may be wrong about it.
func (d *Dialer) trunk(o bridge.Owner, inv bridge.Invitation) ([]bridge.Leg, tandem.Cause) {
	t := d.core.Trunks.Find(inv.Target.Name)
	if t == nil {
		return nil, tandem.CauseInternal
	}
	doubt := t.Available()
	if doubt != nil && inv.Hurry {
		return nil, unavailable(doubt)
	}
	inv.Hurry = inv.Hurry || doubt != nil
	if err := t.Take(); err != nil {
		return nil, unavailable(err)
	}
	charge, cause := d.core.charge(inv)
	if cause.Status != 0 {
		t.Release()
		return nil, cause
	}
	caller := trunk.Caller{Address: inv.Caller, Diverted: inv.Diverted, HideBy: HideBy(inv.Options.Privacy)}
	if inv.From.Kind == dialplan.FromUser {
		caller.User = inv.From.Name
	}
	name, from := t.Calling(caller)
	call := placeOf(t, inv, caller.User)
	call.local, call.party = sipmsg.NameAddr{Name: name, URI: from}, tandem.Address{User: inv.Target.Number}
	call.doubt = doubt
	call.charge = charge
	call.trunk, call.present, call.by = t, caller, relaying(t, caller.User, inv.By)
	return []bridge.Leg{d.leg(o, inv, call)}, tandem.Cause{}
}

// HideBy is how a step wants a trunk to be asked not to show the caller.
func HideBy(p dialplan.Privacy) trunk.Hide {
	switch p {
	case dialplan.PrivacyID:
		return trunk.HideID
	case dialplan.PrivacyHeader:
		return trunk.HideHeader
	case dialplan.PrivacyCaller, dialplan.PrivacyNone:
	}
	return trunk.HideAsConfigured
}

// unavailable is the cause when a trunk takes no call.
func unavailable(err error) tandem.Cause {
	cause := tandem.FromStatus(503, "")
	cause.Detail = err.Error()
	return cause
}

// takeTrunk counts a call that came from a trunk against its limits; nil for a
// call of a user's.
func (c *Core) takeTrunk(from dialplan.Source) (*trunk.Trunk, error) {
	if from.Kind != dialplan.FromTrunk {
		return nil, nil
	}
	t := c.Trunks.Find(from.Name)
	if t == nil {
		return nil, nil
	}
	return t, t.Take()
}

// dialed is whom a call is for: what the Request-URI says, unless it is the
// Contact that we registered with a trunk.
func (c *Core) dialed(from dialplan.Source, req *sip.Request) (string, bridge.Device) {
	if user, instance, ok := c.Registrar.ByGRUU(time.Now(), &req.Recipient); ok {
		return user, bridge.Device{User: user, Instance: instance}
	}
	if from.Kind == dialplan.FromTrunk {
		if t := c.Trunks.Find(from.Name); t != nil {
			return t.Dialed(req), bridge.Device{}
		}
	}
	return sipmsg.UnescapeUser(req.Recipient.User), bridge.Device{}
}

// shown is the caller as the called party will see it: for a user the name that
// the configuration gives, since anybody can write anything into From.
func (c *Core) shown(src dialplan.Source, req *sip.Request) trunk.Caller {
	if src.Kind == dialplan.FromUser {
		a := tandem.Address{User: src.Name, Private: trunk.Withheld(req)}
		if u, ok := c.Users.Find(src.Name); ok {
			a.Name = u.DisplayName
		}
		return trunk.Caller{Address: a, User: src.Name}
	}
	if t := c.Trunks.Find(src.Name); t != nil {
		return t.Caller(req)
	}
	return trunk.Caller{}
}

// calling is what From says of a caller to anybody but a trunk: nothing, where he
// does not want to be shown (RFC 3323 §4.1.1.3).
func (c *Core) calling(who tandem.Address) sipmsg.NameAddr {
	if who.Private {
		return sipmsg.NameAddr{Name: "Anonymous", URI: sip.Uri{
			Scheme: "sip", User: "anonymous", Host: "anonymous.invalid", UriParams: sip.NewParams(),
		}}
	}
	return sipmsg.NameAddr{Name: who.Name, URI: c.identity(who.User)}
}

// showCaller tells a trunk who calls, as it is configured.
func (out *Outgoing) showCaller(invite *sip.Request) {
	if t := out.core.Trunks.Serving(out.peerTrunk); t != nil {
		t.Present(invite, out.shown)
	}
}

// namedCodecs is the order of codecs that the step gives that has called the far
// end, else the configuration of the trunk or user; nil for none.
func (l *leg) namedCodecs() []string {
	if l.wishes.codecs != nil {
		return l.wishes.codecs
	}
	if t := l.core.Trunks.Serving(l.peerTrunk); t != nil {
		return t.Config().Codecs
	}
	if u, ok := l.core.Users.Find(l.peerUser); ok && l.peerUser != "" {
		return u.Codecs
	}
	return nil
}

// namedPackets is how much sound the configuration wants in a packet, and allows at
// the most, in ms; 0 where it says nothing.
func (l *leg) namedPackets() (ptime, most int) {
	if t := l.core.Trunks.Serving(l.peerTrunk); t != nil {
		return t.Config().PTime, t.Config().MaxPTime
	}
	if u, ok := l.core.Users.Find(l.peerUser); ok && l.peerUser != "" {
		return u.PTime, u.MaxPTime
	}
	return 0, 0
}
