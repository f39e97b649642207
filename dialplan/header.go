package dialplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// headerNames are the header fields that a step may add, beside those that begin with X-: what tells the far end more,
// and steers neither the dialog nor who is believed to call.
func headerNames() []string {
	return []string{
		"Accept-Language", "Alert-Info", "Answer-Mode", "Call-Info", "Organization", "P-Charge-Info", "Priority", "Subject", "User-to-User",
	}
}

// headerHints are header fields that somebody may want to add, and what does it here.
func headerHints() map[string]string {
	return map[string]string{
		"from": "Write caller_id and caller_name.", "p-asserted-identity": "Write caller_id, and caller_id of the trunk says which fields tell it.",
		"p-preferred-identity": "Write caller_id, and caller_id of the trunk says which fields tell it.",
		"remote-party-id":      "Write caller_id, and caller_id of the trunk says which fields tell it.", "privacy": "Write privacy.",
		"diversion": "Write forward(...).", "history-info": "Write forward(...).", "reason": "Write reject(code, phrase).",
		"session-expires": "It is set by calls { timer = ... }.", "user-agent": "", "max-forwards": "",
	}
}

// readHeaders reads { "X-Account" = "17", Subject = "..." }.
func readHeaders(v cty.Value, in *reading) (any, []problem) {
	if !v.IsKnown() {
		return nil, nil
	}
	if t := v.Type(); v.IsNull() || !t.IsObjectType() && !t.IsMapType() {
		return nil, wrong(fmt.Sprintf("headers is a group in { }, not %s", Kind(v)), `Write headers = { "X-Account" = "17" }.`)
	}
	values := v.AsValueMap()
	if len(values) > MaxHeaders {
		return nil, wrong(fmt.Sprintf("a step adds at most %d header fields, not %d", MaxHeaders, len(values)), "")
	}
	var all []Header
	var problems []problem
	for _, name := range slices.Sorted(maps.Keys(values)) {
		proper, bad := headerName(name)
		if bad != nil {
			problems = append(problems, bad...)
			continue
		}
		value, ps := readHeaderValue(name, values[name], in)
		problems = append(problems, ps...)
		if value != "" {
			all = append(all, Header{proper, value})
		}
	}
	return all, problems
}

// headerName gives the name as it is written on the wire, or says why it may not be added.
func headerName(name string) (string, []problem) {
	if !isToken(name) || len(name) > 64 {
		return "", wrong(fmt.Sprintf("%q is no name of a header field", name), `Names are such as "X-Account".`)
	}
	if len(name) > 2 && strings.EqualFold(name[:2], "x-") {
		return name, nil
	}
	for _, known := range headerNames() {
		if strings.EqualFold(known, name) {
			return known, nil
		}
	}
	hint, known := headerHints()[strings.ToLower(name)]
	if hint == "" && !known {
		hint = DidYouMean(name, headerNames())
	}
	if hint == "" {
		hint = "There are X-..., " + strings.Join(headerNames(), ", ") + "."
	}
	return "", wrong(fmt.Sprintf("the header field %s may not be added by a step", name), hint)
}

// isToken says whether s is a token (RFC 3261 §25.1).
func isToken(s string) bool {
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-.!%*_+`'~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// readHeaderValue reads the value of a field. Text that a call gives is cleaned and cut, so that a caller can add no
// line of his own; a value that nothing is left of leaves the field out.
func readHeaderValue(name string, v cty.Value, in *reading) (string, []problem) {
	if v.IsKnown() && !v.IsNull() && v.Type() == cty.Number {
		return v.AsBigFloat().Text('f', -1), nil
	}
	s, ok, p := text(v, name)
	switch {
	case !ok:
		return "", p
	case in.live:
		return cleaned(s, MaxHeaderValue), nil
	case s == "" || len(s) > MaxHeaderValue || !printable(s) || strings.TrimSpace(s) != s:
		return "", wrong(fmt.Sprintf("the value of %s is 1 to %d octets on one line, without blanks at its ends", name, MaxHeaderValue), "")
	}
	return s, nil
}
