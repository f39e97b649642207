package leg

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// maxReferTo bounds a Refer-To that is looked at, in octets.
const maxReferTo = 1024

// referTo is what a Refer-To asks for (RFC 3515 §2.1): a number, or the place of a
// dialog. Nothing else of its URI is used: no header field of a far end's choice
// gets into a message of ours.
type referTo struct {
	number   string
	host     string // of a sip: or sips: URI
	replaces *dialog.Replaces
}

// readReferTo reads the Refer-To of a REFER. A Cause with a Status is the answer
// to one that is not taken.
func readReferTo(req *sip.Request) (referTo, tandem.Cause) {
	h, ok := req.GetHeader("Refer-To").(*sip.ReferToHeader)
	if !ok || len(req.GetHeaders("Refer-To")) != 1 { // RFC 3515 §2.4.1
		return referTo{}, no(400, "a REFER has one Refer-To")
	}
	text := h.Address.String()
	if len(text) > maxReferTo {
		return referTo{}, no(400, "the Refer-To is too long")
	}
	return parseReferTo(text)
}

// parseReferTo reads the URI of a Refer-To.
func parseReferTo(text string) (referTo, tandem.Cause) {
	base, fields, _ := strings.Cut(text, "?")
	scheme, rest, _ := strings.Cut(base, ":")
	var to referTo
	switch strings.ToLower(scheme) {
	case "sip", "sips":
		var u sip.Uri
		if err := sip.ParseUri(base, &u); err != nil || u.Host == "" || u.Wildcard {
			return to, no(400, "the URI in Refer-To is malformed")
		}
		if m, has := sipmsg.Param(u.UriParams, "method"); has && !strings.EqualFold(m, string(sip.INVITE)) {
			return to, no(501, "only INVITE can be asked for by REFER")
		}
		to.number, to.host = sipmsg.UnescapeUser(u.User), u.Host
	case "tel": // RFC 3966 §3: visual separators mean nothing
		number, _, _ := strings.Cut(rest, ";")
		to.number = strings.NewReplacer("-", "", ".", "", "(", "", ")", "").Replace(sipmsg.UnescapeUser(number))
	default:
		return to, no(403, "only sip:, sips: and tel: URIs can be referred to")
	}
	r, cause := replacesOf(fields)
	if cause.Status != 0 {
		return to, cause
	}
	if to.replaces = r; r != nil {
		return to, tandem.Cause{}
	}
	number, clean := sipmsg.Clean(to.number)
	if to.number = number; !clean || number == "" || len(number) > dialplan.MaxNumber {
		return to, no(404, "the number in Refer-To is empty, too long or not text")
	}
	return to, tandem.Cause{}
}

// replacesOf reads the Replaces among the header fields of a URI (RFC 3891 §6.1);
// all others are passed over. It is nil where there is none.
func replacesOf(fields string) (*dialog.Replaces, tandem.Cause) {
	var found *dialog.Replaces
	for f := range strings.SplitSeq(fields, "&") {
		name, value, _ := strings.Cut(f, "=")
		if !strings.EqualFold(name, "Replaces") {
			continue
		}
		text, err := url.PathUnescape(value)
		if err != nil || found != nil {
			return nil, no(400, "the Replaces in Refer-To is malformed or given twice")
		}
		r, err := dialog.ParseReplaces(text)
		if err != nil {
			return nil, no(400, err.Error())
		}
		found = &r
	}
	return found, tandem.Cause{}
}

// no is a refusal with its reason.
func no(status int, why string) tandem.Cause {
	c := tandem.FromStatus(status, "")
	c.Detail = why
	return c
}

// ours says whether a far end means us by a host: a domain that we serve, or the
// address that it reaches us at.
func (l *leg) ours(host string) bool {
	if l.core.Served(host) {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && (a == l.core.Announce(l.flow).Addr().Unmap() || a == l.flow.Local().Addr().Unmap())
}
