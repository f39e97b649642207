package trunk

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// maxHistory bounds the entries of History-Info that are read.
const maxHistory = 16

// causes are the values of the cause parameter (RFC 4458) that stand for the
// reasons of Diversion: RFC 7544 §7.3. Reasons without one of their own are 404.
var causes = []struct {
	cause  int
	reason string
}{
	{302, "unconditional"},
	{486, "user-busy"},
	{408, "no-answer"},
	{480, "deflection"},
	{487, "deflection"},
	{503, "unavailable"},
	{404, "unknown"},
}

// reasons are the words of RFC 5806 §4.
var reasons = []string{
	"unconditional", "user-busy", "no-answer", "unavailable", "time-of-day", "do-not-disturb", "deflection", "follow-me",
	"out-of-service", "away", "unknown",
}

func causeOf(reason string) int {
	for _, c := range causes {
		if c.reason == reason {
			return c.cause
		}
	}
	return 404
}

func reasonOf(cause int) string {
	for _, c := range causes {
		if c.cause == cause {
			return c.reason
		}
	}
	return "unknown"
}

// divert writes by whom a call was sent on, the newest first.
func (t *Trunk) divert(req *sip.Request, by []tandem.Diversion, private bool) {
	if len(by) == 0 {
		return
	}
	by = by[:min(len(by), tandem.MaxDiversions)]
	if t.cfg.Identity.Privacy == PrivacyNone { // it is told of nobody who withholds his number
		by = slices.DeleteFunc(slices.Clone(by), func(d tandem.Diversion) bool { return d.Private })
		if len(by) == 0 {
			return
		}
	}
	switch t.cfg.Identity.Diversion {
	case DiversionHeader:
		for _, d := range by {
			req.AppendHeader(sip.NewHeader("Diversion", t.diversion(d, private)))
		}
	case DiversionHistory:
		for _, entry := range t.history(by, req.Recipient, private) {
			req.AppendHeader(sip.NewHeader("History-Info", entry))
		}
		if !sipmsg.Has(req, "Supported", "histinfo") {
			req.AppendHeader(sip.NewHeader("Supported", "histinfo"))
		}
	}
}

// divertedBy is the address of who sent a call on.
func (t *Trunk) divertedBy(d tandem.Diversion) sip.Uri {
	u := t.identity(d.User)
	if d.Host != "" {
		u.Host = bracketed(d.Host)
	}
	return u
}

// diversion writes one value of Diversion (RFC 5806 §4).
func (t *Trunk) diversion(d tandem.Diversion, private bool) string {
	hidden := "off"
	if private || d.Private {
		hidden = "full"
	}
	return fmt.Sprintf("%s;reason=%s;counter=%d;privacy=%s",
		sipmsg.NameAddr{URI: t.divertedBy(d)}, reasonWord(d.Reason), max(d.Counter, 1), hidden)
}

// reasonWord is the reason as a token: one of those there are.
func reasonWord(s string) string {
	if slices.Contains(reasons, s) {
		return s
	}
	return "unknown"
}

// history writes the way of a call (RFC 7044 §5), the oldest first: each entry but
// the last was sent on, and the one after it says why (RFC 4458 §2). The last is
// whom we call. Each is a field of its own: Asterisk reads no list of them.
func (t *Trunk) history(by []tandem.Diversion, target sip.Uri, private bool) []string {
	var out []string
	index, cause := "1", 0
	add := func(u sip.Uri, hidden bool) {
		uri := *u.Clone()
		if cause != 0 {
			uri.UriParams = append(uri.UriParams, sip.HeaderKV{K: "cause", V: strconv.Itoa(cause)})
		}
		text := uri.String()
		if hidden {
			text += "?Privacy=history"
		}
		entry := "<" + text + ">;index=" + index
		if cause != 0 {
			entry += ";mp=" + strings.TrimSuffix(index, ".1")
		}
		out = append(out, entry)
		index += ".1"
	}
	for _, d := range slices.Backward(by) {
		add(t.divertedBy(d), private || d.Private)
		cause = causeOf(reasonWord(d.Reason))
	}
	add(target, false)
	return out
}

// diverted reads by whom a call was sent on, the newest first: Diversion, else
// History-Info.
func diverted(req *sip.Request) []tandem.Diversion {
	var out []tandem.Diversion
	for _, v := range sipmsg.List(req, "Diversion") {
		a, err := sipmsg.ParseNameAddr(v)
		if err != nil || sipmsg.User(a.URI) == "" {
			continue
		}
		reason, _ := sipmsg.Param(a.Params, "reason")
		counter, _ := sipmsg.Param(a.Params, "counter")
		privacy, _ := sipmsg.Param(a.Params, "privacy")
		n, _ := strconv.Atoi(counter)
		out = append(out, tandem.Diversion{
			User: text(sipmsg.User(a.URI)), Host: text(strings.Trim(a.URI.Host, "[]")), Reason: reasonWord(strings.ToLower(reason)), Counter: min(max(n, 1), 99),
			Private: privacy != "" && !strings.EqualFold(privacy, "off"),
		})
	}
	if len(out) == 0 {
		out = historyOf(req)
	}
	return bounded(out)
}

// bounded keeps the newest and, as the last, the oldest.
func bounded(all []tandem.Diversion) []tandem.Diversion {
	if len(all) <= tandem.MaxDiversions {
		return all
	}
	return append(all[:tandem.MaxDiversions-1:tandem.MaxDiversions-1], all[len(all)-1])
}

// entry is one of History-Info.
type entry struct {
	index []int
	uri   sip.Uri
	cause int
}

// historyOf reads History-Info: an entry whose successor says a cause was sent on
// for that.
func historyOf(req *sip.Request) []tandem.Diversion {
	var all []entry
	for _, v := range sipmsg.List(req, "History-Info") {
		if e, ok := parseEntry(v); ok && len(all) < maxHistory {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return slices.Compare(a.index, b.index) })
	var out []tandem.Diversion
	for i := len(all) - 1; i > 0; i-- {
		if cause := cmp.Or(all[i].cause, reasonIn(all[i-1].uri)); cause != 0 {
			out = append(out, all[i-1].diversion(cause)...)
		}
	}
	if len(all) == 1 && !isFor(req, all[0].uri) {
		out = all[0].diversion(all[0].cause)
	}
	return out
}

// isFor says whether a URI names whom a request is for, by its Request-URI or its To.
// Asterisk tells of a call that was sent on by one entry, of who has sent it on.
func isFor(req *sip.Request, u sip.Uri) bool {
	user := sipmsg.User(u)
	to := req.To()
	return user == sipmsg.User(req.Recipient) || to != nil && user == sipmsg.User(to.Address)
}

// diversion is what an entry says that was sent on for a cause; nothing where it names
// nobody.
func (e *entry) diversion(cause int) []tandem.Diversion {
	user := sipmsg.User(e.uri)
	if user == "" {
		return nil
	}
	return []tandem.Diversion{{
		User: text(user), Host: text(strings.Trim(e.uri.Host, "[]")), Reason: reasonOf(cause), Counter: 1,
		Private: valueIn(e.uri, "Privacy") != "",
	}}
}

func parseEntry(v string) (entry, bool) {
	a, err := sipmsg.ParseNameAddr(v)
	if err != nil {
		return entry{}, false
	}
	e := entry{uri: a.URI}
	index, _ := sipmsg.Param(a.Params, "index")
	for _, part := range strings.Split(index, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || len(e.index) == maxHistory {
			return entry{}, false
		}
		e.index = append(e.index, n)
	}
	if text, ok := sipmsg.Param(a.URI.UriParams, "cause"); ok {
		text, _, _ = strings.Cut(text, "?")
		e.cause, _ = strconv.Atoi(text)
	}
	return e, true
}

// reasonIn is the cause of a Reason header in a URI (RFC 7044 §10.2); 0 for none.
func reasonIn(u sip.Uri) int {
	for _, p := range strings.Split(valueIn(u, "Reason"), ";") {
		if k, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(k, "cause") {
			n, _ := strconv.Atoi(strings.TrimSpace(v))
			return n
		}
	}
	return 0
}

// valueIn is the value of the first header field of a name in a URI; empty for none.
func valueIn(u sip.Uri, field string) string {
	_, query, _ := strings.Cut(u.String(), "?")
	for _, h := range strings.Split(query, "&") {
		if name, value, _ := strings.Cut(h, "="); strings.EqualFold(name, field) {
			value, err := url.QueryUnescape(value)
			if err != nil {
				return ""
			}
			return value
		}
	}
	return ""
}
