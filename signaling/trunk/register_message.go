package trunk

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Bounds of what a registrar may say.
const (
	maxRoutes     = 8
	maxAssociated = 8
	maxRetryAfter = time.Hour
)

// request builds one REGISTER (RFC 3261 §10.2). Where the registrar has another Contact of
// ours, that one is taken away: calls would go to where we are no more.
func (r *registration) request(f *flow.Flow, lasts time.Duration) *sip.Request {
	t := r.trunk
	contact := t.contact(f, r.contactUser)
	r.mu.Lock()
	r.st.cseq++
	seq := r.st.cseq
	r.st.contact, r.st.sent = contact.String(), contact.Clone()
	former := r.st.known
	r.mu.Unlock()
	aor := sip.Uri{Scheme: "sip", User: sipmsg.EscapeUser(r.account.User), Host: t.host(), UriParams: sip.NewParams()}
	req := t.open(opening{method: sip.REGISTER, uri: t.registrar(), from: aor, to: aor, callID: r.callID, tag: r.tag, seq: seq})
	expires := strconv.Itoa(int(lasts / time.Second))
	c := &sip.ContactHeader{Address: contact, Params: sip.NewParams()}
	c.Params.Add("expires", expires)
	req.AppendHeader(c)
	if former != nil && former.String() != contact.String() { // RFC 3261 §10.2.2
		gone := &sip.ContactHeader{Address: *former.Clone(), Params: sip.NewParams()}
		gone.Params.Add("expires", "0")
		req.AppendHeader(gone)
	}
	req.AppendHeader(sip.NewHeader("Expires", expires))
	req.AppendHeader(sip.NewHeader("Supported", "path")) // RFC 3327 §5.1
	return req
}

// registrar is the Request-URI of a REGISTER: a domain without a user (RFC 3261
// §10.2).
func (t *Trunk) registrar() sip.Uri {
	u := t.URI("")
	u.User = ""
	return u
}

// contact is where we are reached on a flow.
func (t *Trunk) contact(f *flow.Flow, user string) sip.Uri {
	at := t.deps.Announce(f)
	u := sip.Uri{
		Scheme: "sip", User: sipmsg.EscapeUser(user), Host: bracketed(at.Addr().Unmap().WithZone("").String()), Port: int(at.Port()),
		UriParams: sip.NewParams(),
	}
	// TLS as a transport is deprecated (RFC 3261 §26.2.2) and what all carriers
	// read; sips, which is meant, binds every hop beyond them too.
	if f.Kind() != flow.UDP {
		u.UriParams.Add("transport", f.Kind().String())
	}
	return u
}

// opening is a request out of a dialog.
type opening struct {
	method      sip.RequestMethod
	uri         sip.Uri
	from, to    sip.Uri
	callID, tag string
	seq         uint32
}

// open builds it, with what all of ours have in common.
func (t *Trunk) open(o opening) *sip.Request {
	req := sip.NewRequest(o.method, o.uri)
	if u, ok := t.proxy(); ok {
		req.AppendHeader(&sip.RouteHeader{Address: u})
	}
	from := &sip.FromHeader{Address: o.from, Params: sip.NewParams()}
	from.Params.Add("tag", o.tag)
	callID, hops := sip.CallIDHeader(o.callID), sip.MaxForwardsHeader(70)
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: o.to, Params: sip.NewParams()})
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: o.seq, MethodName: o.method})
	req.AppendHeader(&hops)
	if t.deps.Methods != "" {
		req.AppendHeader(sip.NewHeader("Allow", t.deps.Methods))
	}
	req.AppendHeader(sip.NewHeader("User-Agent", "tandem"))
	return req
}

// kind says what a REGISTER has come to.
type kind uint8

const (
	granted  kind = iota // bound
	tooBrief             // 423: ask for longer
	later                // try again
	hopeless             // try again, but not soon
)

// verdict is what an answer to REGISTER means.
type verdict struct {
	kind       kind
	lasts      time.Duration // granted, or asked for (tooBrief)
	wait       time.Duration // Retry-After; zero where it does not say
	why        string
	routes     []sip.Uri
	associated []string
}

// judge reads the final answer to a REGISTER of a Contact that asked for a time.
func judge(res *sip.Response, contactUser string, asked time.Duration) verdict {
	said := strings.TrimSpace(strconv.Itoa(res.StatusCode) + " " + clip(res.Reason))
	switch status := res.StatusCode; {
	case status < 300:
		return accepted(res, contactUser, asked)
	case status == 423:
		least, err := seconds(sipmsg.Value(res, "Min-Expires"))
		if err != nil || least <= asked || least > maxExpires {
			return verdict{kind: hopeless, why: "the registrar answers 423 with no Min-Expires that makes sense"}
		}
		return verdict{kind: tooBrief, lasts: least}
	case status == 401 || status == 407:
		return verdict{kind: hopeless, why: "the registrar does not take the password: " + said}
	case status == 403 || status == 404 || status == 405 || status == 410 || status == 416 || status == 420 || status == 604:
		return verdict{kind: hopeless, wait: retryAfter(res), why: "the registrar refuses: " + said}
	}
	return verdict{kind: later, wait: retryAfter(res), why: "the registrar answers " + said}
}

// accepted reads a 200: for how long, RFC 3608's Service-Route, and RFC 7315's
// P-Associated-URI.
func accepted(res *sip.Response, contactUser string, asked time.Duration) verdict {
	v := verdict{kind: granted, lasts: asked}
	if d, err := seconds(sipmsg.Value(res, "Expires")); err == nil {
		v.lasts = d
	}
	contacts := sipmsg.Contacts(res)
	mine := slices.IndexFunc(contacts, func(c *sip.ContactHeader) bool { return sipmsg.UnescapeUser(c.Address.User) == contactUser })
	if mine >= 0 {
		if text, ok := sipmsg.Param(contacts[mine].Params, "expires"); ok {
			if d, err := seconds(text); err == nil {
				v.lasts = d
			}
		}
	} else if len(contacts) > 0 {
		return verdict{kind: later, why: "the registrar has bound others, not our Contact"}
	}
	if v.lasts <= 0 {
		return verdict{kind: later, why: "the registrar has granted no time"}
	}
	v.lasts = min(max(v.lasts, time.Second), maxExpires)
	for _, text := range sipmsg.List(res, "Service-Route") {
		if a, err := sipmsg.ParseNameAddr(text); err == nil && a.URI.Host != "" && len(v.routes) < maxRoutes {
			v.routes = append(v.routes, a.URI)
		}
	}
	for _, text := range sipmsg.List(res, "P-Associated-URI") {
		if a, err := sipmsg.ParseNameAddr(text); err == nil && len(v.associated) < maxAssociated {
			v.associated = append(v.associated, a.URI.String())
		}
	}
	return v
}

// retryAfter reads how long we are to wait (RFC 3261 §20.33), an hour at most.
func retryAfter(res *sip.Response) time.Duration {
	text := sipmsg.Value(res, "Retry-After")
	if i := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		text = text[:i] // a comment or parameter follows
	}
	d, err := seconds(text)
	if err != nil {
		return 0
	}
	return min(d, maxRetryAfter)
}

// seconds reads delta-seconds (RFC 3261 §25.1).
func seconds(text string) (time.Duration, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("read seconds: %w", errors.Unwrap(err))
	}
	return time.Duration(n) * time.Second, nil
}

// clip bounds words of a far end for logs and lists.
func clip(s string) string {
	s, _ = sipmsg.Clean(s)
	if len(s) > 120 {
		s = strings.ToValidUTF8(s[:120], "")
	}
	return s
}
