package leg

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/uac"
)

var _ bridge.Dialer = (*Dialer)(nil)

// Dialer turns targets of the dialplan into legs to be begun. It never waits: a
// user's devices are in the registrar, and the place of a trunk or URI is found when
// its leg has begun.
type Dialer struct{ core *Core }

// NewDialer returns a Dialer.
func NewDialer(c *Core) *Dialer { return &Dialer{core: c} }

// Dial implements bridge.Dialer.
func (d *Dialer) Dial(o bridge.Owner, inv bridge.Invitation) ([]bridge.Leg, tandem.Cause) {
	if inv.Hops < 0 { // RFC 3261 §16.3 step 3
		return nil, tandem.FromStatus(483, "")
	}
	switch inv.Target.Kind {
	case dialplan.TargetUser:
		return d.user(o, inv)
	case dialplan.TargetTrunk:
		return d.trunk(o, inv)
	case dialplan.TargetURI:
		return d.uri(o, inv)
	}
	return nil, tandem.CauseInternal
}

// user calls every device that a user has registered, but not the ones that the
// call comes from.
func (d *Dialer) user(o bridge.Owner, inv bridge.Invitation) ([]bridge.Leg, tandem.Cause) {
	c := d.core
	name := inv.Target.Name
	u, ok := c.Users.Find(name)
	if !ok && c.Trunks.Relays(name) {
		u.Name, ok = name, true
	}
	if !ok {
		cause := tandem.CauseNoRow
		cause.Detail = "there is no user " + name
		return nil, cause
	}
	party := tandem.Address{Name: u.DisplayName, User: u.Name}
	name = u.Name
	var legs []bridge.Leg
	none := "no device"
	for _, flows := range registrar.Devices(c.Registrar.Lookup(time.Now(), name)) {
		if c.callsBy(flows, inv.Call) || inv.Device.User == name && inv.Device.Instance != flows[0].Instance {
			none = "no other device"
			continue
		}
		b := flows[0]
		legs = append(legs, d.leg(o, inv, outgoingCall{
			dest: uac.Destination{Flow: b.Flow}, target: b.Contact, routes: b.Path, others: flows[1:],
			remote: c.identity(name), local: c.calling(inv.Caller), remoteStr: party.Name, party: party, user: name, instance: b.Instance,
		}))
	}
	if len(legs) == 0 {
		cause := tandem.CauseOffline
		cause.Detail = none + " of user " + name + " is registered"
		return nil, cause
	}
	return legs, tandem.Cause{}
}

// callsBy says whether the call comes from a device, by whichever of its flows.
func (c *Core) callsBy(flows []registrar.Binding, call tandem.CallID) bool {
	return slices.ContainsFunc(flows, func(b registrar.Binding) bool { return c.calls(b.Flow, call) })
}

// uri calls a SIP URI of the dialplan's.
func (d *Dialer) uri(o bridge.Owner, inv bridge.Invitation) ([]bridge.Leg, tandem.Cause) {
	var target sip.Uri
	if err := sip.ParseUri(inv.Target.URI, &target); err != nil || target.Host == "" {
		cause := tandem.FromStatus(416, "")
		cause.Detail = "the dialplan's URI " + inv.Target.URI + " is not understood"
		return nil, cause
	}
	return []bridge.Leg{d.leg(o, inv, outgoingCall{
		dest: uac.Destination{URI: hop(target)}, target: target, remote: bare(target), local: d.core.calling(inv.Caller),
		party: tandem.Address{User: target.User},
	})}, tandem.Cause{}
}

// hop is a URI as the place that a request is sent to.
func hop(u sip.Uri) sip.Uri {
	u.User, u.Password, u.Headers = "", "", nil
	return u
}

// bare is a URI as From and To may have it (RFC 3261 §19.1.1): without transport,
// maddr, ttl, method and header fields.
func bare(u sip.Uri) sip.Uri {
	u = *u.Clone()
	u.Headers = nil
	u.UriParams = slices.DeleteFunc(u.UriParams, func(p sip.HeaderKV) bool {
		return slices.Contains([]string{"transport", "maddr", "ttl", "method"}, strings.ToLower(p.K))
	})
	return u
}

// leg makes one branch.
func (d *Dialer) leg(o bridge.Owner, inv bridge.Invitation, call outgoingCall) bridge.Leg {
	call.call, call.caller, call.formats, call.hops, call.hurry = inv.Call, inv.Caller, inv.Formats, inv.Hops, inv.Hurry
	if by := baseOf(inv.By); by != nil && by.session.Agreed() != nil && by.state == confirmed {
		call.formats = by.voice().can // it can be brought to another codec by a re-offer
	}
	call.lines = inv.Lines
	if call.user != "" && !inv.Referred.Private { // a carrier does not need to know our users
		call.referred = inv.Referred.User
	}
	out := newOutgoing(d.core, o, inv.Name(), call)
	out.wished(inv.Options)
	if call.trunk == nil {
		out.divert(inv.Diverted)
	}
	out.hear(inv.By)
	out.refused = !d.core.add(&out.leg)
	return out
}

// identity is the address of record that we vouch for.
func (c *Core) identity(user string) sip.Uri {
	if user == "" {
		user = "anonymous"
	}
	return sip.Uri{Scheme: "sip", User: sipmsg.EscapeUser(user), Host: bracketed(c.Domain), UriParams: sip.NewParams()}
}

// bracketed writes a host for a URI: IPv6 literals in brackets.
func bracketed(host string) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		return "[" + host + "]"
	}
	return host
}
