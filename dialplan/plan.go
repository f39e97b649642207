package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// MaxRows is the most rows that a plan may have.
const MaxRows = 5000

// MaxNumber is the longest number that can be dialed, in octets.
const MaxNumber = 128

// Plan is a compiled dialplan: immutable, safe for use by any number of goroutines. The zero Plan has no rows and gives
// every call 404.
//
// Rows of `from "user:201"` are tried before rows of `from "users"`, and rows of `from "trunk:alpha"` before those of
// `from "trunks"`; within each, and over several blocks of one label, the order is that of the file, and of the files'
// names in a folder. The built-in test numbers come after all rows of the users.
type Plan struct {
	users, trunks []*row            // from "users", from "trunks"
	named         map[string][]*row // from "user:201" and the like, by label
	menus         map[string]*Menu
	queues        map[string]*Queue
	tests         []*test
	base          *hcl.EvalContext // functions, and the lets that are the same for every call; nil in the zero Plan
	names         *directory
	hours         map[string]*Hours
	spots         []*spot
	zone          *time.Location // nil means UTC
	uses          []callFunction // that some expression calls
	numbers       *numbers       // nil: numbers stay as they are
}

// row is a Row with what it takes to fire it.
type row struct {
	Row
	pattern Pattern
	steps   []Step    // complete; nil when they depend on the call
	program program   // works them out for a call; nil when steps is set
	at      hcl.Range // of the pattern
	spot    *spot     // what tests reach; nil in built-in rows
}

// takes says whether the row is for a number. It does not allocate.
func (r *row) takes(n number) bool {
	if r.pattern.class != "" {
		return r.pattern.class == n.class
	}
	return r.pattern.Match(n.to)
}

// miss says in words why the row is not for a number; empty when it is.
func (r *row) miss(n number) string {
	class := r.pattern.class
	switch {
	case class == "":
		return r.pattern.miss(n.to)
	case class == n.class:
		return ""
	case n.class == "":
		return fmt.Sprintf("%q is of no class of numbers", n.to)
	}
	return fmt.Sprintf("%q is %s, not %s", n.to, n.class, class)
}

// number is what rows are asked to take: what was dialed, as the plan's numbers write it.
type number struct {
	to    string
	class string // empty where the plan has no classes
}

// number gives what a request asks for.
func (p *Plan) number(r Request) number { return number{to: r.To, class: string(r.number.Class)} }

// rowsFor gives the rows that a source may fire, in two lists to be tried one after the other.
func (p *Plan) rowsFor(s Source) (specific, general []*row) {
	general = p.trunks
	if s.Kind == FromUser {
		general = p.users
	}
	return p.named[s.String()], general
}

// Route decides what becomes of a call. It is a pure function of the request and of what its State answers; nothing else
// is asked, and nothing that the caller sends can make it fail other than by a Status.
func (p *Plan) Route(r Request) Decision { return p.route(r, nil) }

func (p *Plan) route(r Request, t *trace) Decision {
	d := Decision{Request: r, plan: p, trace: t}
	if d.Reason, d.Status = unfit(r.To); d.Status != 0 {
		return d
	}
	d.Request = p.numbers.understand(r)
	d.Number, r = d.Request.number, d.Request
	n := p.number(r)
	specific, general := p.rowsFor(r.From)
	for _, rows := range [2][]*row{specific, general} {
		for _, row := range rows {
			if row.takes(n) {
				return p.fire(row, d)
			}
		}
	}
	d.Status, d.Reason = 404, fmt.Sprintf("no row for calls from %s takes %q", r.From, r.To)
	return d
}

// fire completes the decision with the row's steps for this call.
func (p *Plan) fire(r *row, d Decision) Decision {
	d.Row = &r.Row
	d.trace.reach(r.spot)
	if r.program == nil {
		d.Steps = r.steps
		d.deliver()
		return d
	}
	if poses(d.Request.To) || poses(d.Request.caller()) {
		d.Status, d.Reason = 484, "the number is written like a target"
		return d
	}
	return d.evaluate(r.program, r.pattern.captured(p.number(d.Request).to))
}

// evaluate works out the steps of a program, with variables beside those of every call.
func (d Decision) evaluate(p program, variables map[string]string) Decision {
	d.program, d.variables = p, variables
	s := d.plan.newScope(d.Request).with(variables)
	s.trace = d.trace
	steps, err := p.run(s)
	d.asked = s.asked
	if err != nil {
		d.Status, d.Reason = err.status, err.reason
		return d
	}
	d.Steps = steps
	d.deliver()
	return d
}

// poses says whether what a caller sent begins like a target, so that steps made of it could be led astray.
func poses(number string) bool {
	kind, _, ok := strings.Cut(number, ":")
	return ok && slices.Contains([]string{"user", "trunk", "sip", "sips", "room"}, kind)
}

// Tried gives every row that was looked at, in order, up to and including the one that fired. It matches again rather
// than have every call pay for the words.
func (d Decision) Tried() []Tried {
	if d.plan == nil {
		return nil
	}
	if d.menu != nil {
		return d.tried(d.Row)
	}
	if _, status := unfit(d.Request.To); status != 0 {
		return nil
	}
	var tried []Tried
	n := d.plan.number(d.Request)
	specific, general := d.plan.rowsFor(d.Request.From)
	for _, rows := range [2][]*row{specific, general} {
		for _, row := range rows {
			tried = append(tried, Tried{&row.Row, row.miss(n)})
			if &row.Row == d.Row {
				return tried
			}
		}
	}
	return tried
}

// unfit says why a number cannot be looked up at all, and the status that says so to the caller.
func unfit(number string) (string, int) {
	switch {
	case number == "":
		return "no number was dialed", 484
	case len(number) > MaxNumber:
		return fmt.Sprintf("the number is longer than %d octets", MaxNumber), 414
	case !utf8.ValidString(number) || strings.ContainsFunc(number, unicode.IsControl):
		return "the number holds octets that are not text", 404
	}
	return "", 0
}
