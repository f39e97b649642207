package config

import (
	"net/netip"
	"slices"

	"github.com/tandemgw/tandem/dialplan"
)

// maxPublic is how many addresses public_ip may name: a machine has one of each
// family at each of its providers.
const maxPublic = 8

// PublicIP is the addresses that SDP and ICE announce besides the machine's own.
type PublicIP struct {
	Auto  bool         // the machine's own are all there is
	Addr  netip.Addr   // the first of Addrs; valid when not Auto
	Addrs []netip.Addr // in order of preference; none when Auto
}

// Of returns the first address of a family, the zero Addr where there is none.
func (p PublicIP) Of(v4 bool) netip.Addr {
	for _, a := range p.Addrs {
		if a.Is4() == v4 {
			return a
		}
	}
	return netip.Addr{}
}

// ICEMode says what part the gateway takes in ICE.
type ICEMode string

// The parts in ICE (RFC 8445 §2.5).
const (
	ICEFull ICEMode = "full" // checks of our own
	ICELite ICEMode = "lite" // only answers; for hosts that everybody can reach
)

// publicIP reads "auto", an address that others can send to, or a list of such.
func (v value) publicIP(into *PublicIP) {
	if v.asked(Shape{Kind: KindList, OrItem: true, Item: &Shape{Kind: KindText, Of: `"auto" or an address`}}) {
		return
	}
	if t := v.v.Type(); !v.v.IsNull() && (t.IsTupleType() || t.IsListType()) {
		items, ok := v.items(maxPublic)
		if !ok {
			return
		}
		var p PublicIP
		for _, item := range items {
			addr, ok := item.publicAddr([]string{})
			if ok && slices.Contains(p.Addrs, addr) {
				v.l.errorf(item.at, "", "%s names %s twice", v.name, addr)
			} else if ok {
				p.Addrs = append(p.Addrs, addr)
			}
		}
		if len(items) == 0 {
			v.l.errorf(v.at, `Write "auto" to have it found out.`, "%s is an empty list", v.name)
		}
		if len(p.Addrs) > 0 {
			p.Addr = p.Addrs[0]
			*into = p
		}
		return
	}
	var s string
	if v.v.Type().FriendlyName() == "string" && !v.v.IsNull() && v.v.AsString() == "auto" {
		if v.line(&s) {
			*into = PublicIP{Auto: true}
		}
		return
	}
	if addr, ok := v.publicAddr([]string{"auto"}); ok {
		*into = PublicIP{Addr: addr, Addrs: []netip.Addr{addr}}
	}
}

// publicAddr reads an address that others can send to; words are what may stand
// there instead.
func (v value) publicAddr(words []string) (netip.Addr, bool) {
	var s string
	if !v.text(&s) {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(s)
	switch {
	case err != nil || addr.Zone() != "":
		hint := dialplan.DidYouMean(s, words)
		if hint == "" && len(words) > 0 {
			hint = `Write "auto" or an address such as "203.0.113.5".`
		} else if hint == "" {
			hint = `Write an address such as "203.0.113.5".`
		}
		v.l.errorf(v.at, hint, "%s %q is no address", v.name, s)
	case addr.IsUnspecified() || addr.IsMulticast():
		v.l.errorf(v.at, `Write "auto" to have it found out.`, "nobody can send to %s", s)
	default:
		return addr.Unmap(), true
	}
	return netip.Addr{}, false
}

// ice reads what part the gateway takes in ICE.
func (v value) ice(into *ICEMode) {
	mode := string(*into)
	if v.word(&mode, []string{string(ICEFull), string(ICELite)}, nil) {
		*into = ICEMode(mode)
	}
}

// checkICE warns of ICE lite where nothing says that browsers reach this machine.
func (l *loader) checkICE() {
	if at, set := l.places["media.ice"]; set && l.file.Media.ICE == ICELite && l.file.PublicIP.Auto {
		l.warnf(at, `Write public_ip = "203.0.113.5", or leave ice out.`,
			"ice = \"lite\" is for a machine that every browser reaches, and there is no public_ip")
	}
}
