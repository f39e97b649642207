package dialplan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// MaxContacts is how many places a redirect step may name.
const MaxContacts = 8

// RedirectStep tells the caller to turn to somebody else, by a response with Contacts (RFC 3261 §8.3, §21.3), which ends
// the call here. That is possible before the answer only.
type RedirectStep struct {
	URIs []Contact // 1 to MaxContacts, the most preferred first
	Code int       // 300, 301 or 302
}

// Contact is one place of a redirection.
type Contact struct {
	URI string  // "sip:...", "sips:..." or "tel:..."
	Q   float64 // its preference, 0 to 1
}

func (RedirectStep) isStep() {}

// String gives for example `redirect sip:bob@192.0.2.1` or `redirect 301 sip:a@192.0.2.1 (q 1), tel:+44201234 (q 0.9)`.
func (s RedirectStep) String() string {
	words := make([]string, len(s.URIs))
	for i, c := range s.URIs {
		words[i] = c.URI
		if len(s.URIs) > 1 {
			words[i] += " (q " + strconv.FormatFloat(c.Q, 'f', -1, 64) + ")"
		}
	}
	code := ""
	if s.Code != 302 {
		code = strconv.Itoa(s.Code) + " "
	}
	return "redirect " + code + strings.Join(words, ", ")
}

// redirectStepSpec is redirect(uris, code) as the file writes it.
func redirectStepSpec() *stepSpec {
	return &stepSpec{
		name: "redirect", form: "redirect(uris, code)", least: 1, last: true,
		params: []param{{"uris", readContacts}, {"code", readRedirectCode}},
		make: func(a []any) Step {
			return RedirectStep{URIs: a[0].([]Contact), Code: optional(a, 1, 302)}
		},
	}
}

// readRedirectCode reads the status of a redirection.
func readRedirectCode(v cty.Value, in *reading) (any, []problem) {
	n, p := readCount("the status of a redirection", 300, 302)(v, in)
	return n, p
}

const contactHint = `Write "sip:bob@192.0.2.1" or "tel:+442071234567", or a list of such, or { uri = "...", q = 0.5 } in it.`

// readContacts reads one place or a list of them. Those without a q come in the order of the list.
func readContacts(v cty.Value, in *reading) (any, []problem) {
	if !v.IsKnown() && (isList(v) || v.Type() == cty.DynamicPseudoType) {
		return nil, nil
	}
	elements := []cty.Value{v}
	list := !v.IsNull() && isList(v)
	if list {
		elements = v.AsValueSlice()
	}
	if n := len(elements); n == 0 || n > MaxContacts {
		return nil, wrong(fmt.Sprintf("a redirection names 1 to %d places, not %d", MaxContacts, n), contactHint)
	}
	var all []Contact
	var problems []problem
	for i, element := range elements {
		c, ps := readContact(element, 1-float64(i)/10, in)
		for _, p := range ps {
			if p.index = -1; list {
				p.index = i
			}
			problems = append(problems, p)
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b Contact) int {
		switch {
		case a.Q > b.Q:
			return -1
		case a.Q < b.Q:
			return 1
		}
		return 0
	})
	return all, problems
}

// readContact reads one place: text, or a group with its q.
func readContact(v cty.Value, q float64, in *reading) (Contact, []problem) {
	c := Contact{Q: q}
	t := v.Type()
	if v.IsKnown() && !v.IsNull() && (t.IsObjectType() || t.IsMapType()) {
		problems := readGroup(v, in, "a place", `{ uri = "...", q = 0.5 }`, map[string]option{
			"uri": func(v cty.Value, in *reading) []problem { return into(&c.URI, v, in, readContactURI) },
			"q":   func(v cty.Value, in *reading) []problem { return into(&c.Q, v, in, readPreference) },
		})
		for i := range problems {
			problems[i].key = ""
		}
		if len(problems) == 0 && c.URI == "" && v.IsWhollyKnown() {
			problems = wrong("this place lacks its uri", contactHint)
		}
		return c, problems
	}
	return c, into(&c.URI, v, in, readContactURI)
}

func readPreference(v cty.Value, _ *reading) (any, []problem) {
	if later(v, cty.Number) {
		return nil, nil
	}
	if v.IsNull() || v.Type() != cty.Number {
		return nil, wrong(fmt.Sprintf("q is a number from 0 to 1, not %s", Kind(v)), "")
	}
	q, _ := v.AsBigFloat().Float64()
	if !(q >= 0 && q <= 1) {
		return nil, wrong("q is a number from 0 to 1", "")
	}
	return float64(int(q*1000)) / 1000, nil
}

// readContactURI reads the URI of a place.
func readContactURI(v cty.Value, _ *reading) (any, []problem) {
	s, ok, p := text(v, "a place")
	if !ok {
		return nil, p
	}
	scheme, rest, _ := strings.Cut(s, ":")
	why := ""
	switch scheme {
	case "sip", "sips":
		why = badURI(rest)
	case "tel":
		why = badNumber(rest)
		if why == "" && strings.Trim(rest, "0123456789+-.()*#") != "" {
			why = "a telephone number has digits, + - . ( ) * and #"
		}
	default:
		return nil, wrong(fmt.Sprintf("%q is no place that a caller can be sent to", s), contactHint)
	}
	if why != "" {
		return nil, []problem{{index: -1, message: fmt.Sprintf("%q is no place that a caller can be sent to: %s", s, why), status: 484}}
	}
	return s, nil
}

// checkRedirects warns of a redirection that is too late, and refuses one for a trunk that follows none.
func (c *compiler) checkRedirects(r *row, steps program) {
	switch may := c.plan.names.Redirects; {
	case !holds(steps, "redirect"):
		return
	case redirectsLate(steps, false):
		c.warnf(r.at, "Write forward(...), or put redirect(...) before what answers.", "this row redirects a call that it has answered before: such a call is hung up")
	case may == nil:
	case r.From == "trunks":
		for _, name := range c.plan.names.Trunks {
			if !may(name) {
				c.warnf(r.at, "Write redirect = true in the trunk's block where it follows 302, else forward(...).", "trunk %q is not to be redirected: its calls are refused with 480 here", name)
				return
			}
		}
	default:
		if name, is := strings.CutPrefix(r.From, "trunk:"); is && !may(name) {
			c.errorf(r.at, "Write redirect = true in the trunk's block where it follows 302, else forward(...).", "trunk %q is not to be redirected", name)
		}
	}
}

// Redirects says whether calls from a source may be answered with a redirection.
func (d Decision) Redirects(from Source) bool {
	if from.Kind != FromTrunk || d.plan == nil || d.plan.names == nil || d.plan.names.Redirects == nil {
		return true
	}
	return d.plan.names.Redirects(from.Name)
}

// holds says whether a program may run a step of this name.
func holds(p program, name string) bool {
	switch p := p.(type) {
	case fixed:
		return slices.ContainsFunc(p, func(s Step) bool { return stepName(s) == name })
	case sequence:
		return slices.ContainsFunc(p, func(q program) bool { return holds(q, name) })
	case *choice:
		return holds(p.yes, name) || holds(p.no, name)
	case *single:
		return p.spec.name == name
	}
	return false
}

// stepName is the word by which the file names a step.
func stepName(s Step) string {
	name, _, _ := strings.Cut(s.String(), " ")
	return name
}

// redirectsLate says whether a program surely answers before it redirects, with answer() or echo().
func redirectsLate(p program, answered bool) bool {
	late := false
	switch p := p.(type) {
	case fixed:
		for _, s := range p {
			late = late || answered && stepName(s) == "redirect"
			answered = answered || stepName(s) == "answer"
		}
	case sequence:
		for _, q := range p {
			late = late || redirectsLate(q, answered)
			answered = answered || answers(q)
		}
	case *choice:
		return redirectsLate(p.yes, answered) || redirectsLate(p.no, answered)
	case *single:
		return answered && p.spec.name == "redirect"
	}
	return late
}

// answers says whether a program answers the call itself, whatever else happens.
func answers(p program) bool {
	switch p := p.(type) {
	case fixed:
		return slices.ContainsFunc(p, func(s Step) bool { return stepName(s) == "answer" })
	case sequence:
		return slices.ContainsFunc(p, answers)
	case *choice:
		return answers(p.yes) && answers(p.no)
	}
	return false
}
