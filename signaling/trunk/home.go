package trunk

import (
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/uac"
)

// Home says whether a URI names a place of the trunk: its host, its domain, or one
// of the addresses that its calls may come from.
func (t *Trunk) Home(u sip.Uri) bool {
	host := strings.Trim(u.Host, "[]")
	if _, elsewhere := sipmsg.Param(u.UriParams, "maddr"); elsewhere || host == "" { // RFC 3263 §4
		return false
	}
	if a, err := netip.ParseAddr(host); err == nil && t.covers(a.Unmap()) {
		return true
	}
	return strings.EqualFold(host, t.cfg.Host) || t.cfg.Accounts != nil && strings.EqualFold(host, t.cfg.Accounts.Domain)
}

// Place is where a call goes that the trunk has redirected to a URI for which Home
// holds, and by way of which Route fields. The transport stays the trunk's, and the
// account is for its own host only.
func (t *Trunk) Place(u sip.Uri, user string) (uac.Destination, []sip.Uri) {
	d := t.Destination(user)
	if routes := t.Routes(user); len(routes) > 0 {
		return d, routes
	}
	port := u.Port
	if port == 0 && strings.EqualFold(strings.Trim(u.Host, "[]"), t.cfg.Host) {
		port = int(t.cfg.Port)
	}
	hop := sip.Uri{Scheme: u.Scheme, Host: u.Host, Port: port, UriParams: sip.NewParams()}
	transport := t.cfg.Transport
	if transport == "" {
		transport, _ = sipmsg.Param(u.UriParams, "transport")
	}
	if transport != "" {
		hop.UriParams.Add("transport", transport)
	}
	d.URI = hop
	if !strings.EqualFold(strings.Trim(u.Host, "[]"), t.cfg.Host) {
		d.Account = nil
	}
	return d, nil
}
