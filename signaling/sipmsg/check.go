package sipmsg

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Ability is what a user agent core can do; Check holds requests against it.
type Ability struct {
	// Methods are those that are taken, in the order in which Allow lists them.
	Methods []sip.RequestMethod
	// Extensions are the option tags that Require may name.
	Extensions []string
	// Types are the media types of bodies that are understood, in lower case;
	// "text/*" stands for all of a kind.
	Types []string
}

// Check returns nil if the request asks for nothing beyond the ability, and
// otherwise the answer owed, in the order of RFC 3261 §8.2: 405 with Allow, 420
// with Unsupported, 415 with Accept or Accept-Encoding, 406. ACK and CANCEL are
// never refused for Require (§8.2.2.3).
func (a Ability) Check(req *sip.Request) *Refusal {
	if !slices.Contains(a.Methods, req.Method) {
		r := refuse(405, "the method is not known here")
		r.Headers = []sip.Header{sip.NewHeader("Allow", a.Allow())}
		return r
	}
	if req.IsAck() || req.IsCancel() {
		return nil
	}
	if missing := a.missing(req); len(missing) > 0 {
		r := refuse(420, "extensions are required that are not known here")
		r.Headers = []sip.Header{sip.NewHeader("Unsupported", strings.Join(missing, ", "))}
		return r
	}
	if r := a.checkBody(req); r != nil {
		return r
	}
	return a.checkAccept(req)
}

// checkAccept refuses an INVITE whose sender would not understand any
// description that the answer could bring (RFC 3261 §20.1).
func (a Ability) checkAccept(req *sip.Request) *Refusal {
	ranges := List(req, "Accept")
	if !req.IsInvite() || len(ranges) == 0 {
		return nil
	}
	for _, one := range ranges {
		one, _, _ = strings.Cut(strings.ToLower(one), ";")
		one = strings.TrimSpace(one)
		prefix, all := strings.CutSuffix(one, "/*")
		for _, t := range a.Types {
			if one == t || all && (prefix == "*" || strings.HasPrefix(t, prefix+"/")) {
				return nil
			}
		}
	}
	return refuse(406, "no type of answer that is accepted is known here")
}

// missing returns the required option tags that are not known.
func (a Ability) missing(req *sip.Request) []string {
	var out []string
	for _, tag := range List(req, "Require") {
		known := slices.ContainsFunc(a.Extensions, func(e string) bool { return strings.EqualFold(e, tag) })
		if !known && isToken(tag) {
			out = append(out, tag)
		}
	}
	return out
}

// checkBody refuses bodies that cannot be read (RFC 3261 §8.2.3), unless they
// are marked as optional.
func (a Ability) checkBody(req *sip.Request) *Refusal {
	if len(req.Body()) == 0 || strings.Contains(strings.ToLower(Value(req, "Content-Disposition")), "handling=optional") {
		return nil
	}
	for _, e := range List(req, "Content-Encoding") {
		if !strings.EqualFold(e, "identity") {
			r := refuse(415, "the body is encoded")
			r.Headers = []sip.Header{sip.NewHeader("Accept-Encoding", "identity")}
			return r
		}
	}
	t := MediaType(req)
	known := func(known string) bool { return covers(known, t) }
	within := func(known string) bool { return Body(req, known) != nil }
	if !slices.ContainsFunc(a.Types, known) && !slices.ContainsFunc(a.Types, within) {
		r := refuse(415, "the body is of a type that is not known here")
		r.Headers = []sip.Header{sip.NewHeader("Accept", strings.Join(a.Types, ", "))}
		return r
	}
	return nil
}

// covers says whether a media range such as "text/*" holds a type.
func covers(known, t string) bool {
	prefix, all := strings.CutSuffix(known, "*")
	return known == t || all && strings.HasPrefix(t, prefix)
}

// Allow returns the value of an Allow field.
func (a Ability) Allow() string {
	names := make([]string, len(a.Methods))
	for i, m := range a.Methods {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}
