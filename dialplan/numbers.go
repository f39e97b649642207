package dialplan

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tandemgw/tandem/dialplan/numbering"
)

// Numbers is what a plan knows of numbers, and of who may call which. The zero value leaves every number as it is and
// lets everybody call.
type Numbers struct {
	Plan        *numbering.Config // nil: numbers are not understood
	At          hcl.Range         // of the numbering block
	Extensions  []Pattern         // of numbers that stay as they are
	Trunks      map[string]TrunkNumbers
	Users       map[string]UserNumbers
	Permissions map[string]*Permission // by name
}

// TrunkNumbers is how a trunk writes numbers, and what its own calls may.
type TrunkNumbers struct {
	Form        string // of package numbering; empty means as they are
	Country     string // that its numbers are those of; empty means the plan's
	Add, Strip  string // put in front of each number that it is asked for; taken off each that it sends
	Permissions string // name of what its calls may; empty means the default
}

// UserNumbers is what is known of a user.
type UserNumbers struct {
	Number      string // that trunks are shown, in E.164; empty means the user's name
	Permissions string // name of what the user may; empty means the default
}

// DefaultPermissions is the name of the block for everybody who has none.
const DefaultPermissions = "default"

// numbers is Numbers, ready for calls. The nil value understands nothing and forbids nothing.
type numbers struct {
	Numbers
	home   *numbering.Plan
	places map[string]*numbering.Plan // of trunks, by name
}

// newNumbers makes the plan of numbers once all rows are known, since these name extensions. Nil where there is nothing
// to know.
func (c *compiler) newNumbers(n Numbers) *numbers {
	if n.Plan == nil && len(n.Permissions) == 0 && len(n.Trunks) == 0 {
		return nil
	}
	all := &numbers{Numbers: n, places: map[string]*numbering.Plan{}}
	if n.Plan == nil {
		return all
	}
	config := *n.Plan
	config.Extension = c.extensions(n)
	home, err := numbering.New(config)
	if err != nil { // the reader of the file has told of it
		c.consequent(n.At, "", "numbering: %v", err)
		return all
	}
	all.home = home
	for _, name := range slices.Sorted(maps.Keys(n.Trunks)) {
		place, err := home.In(n.Trunks[name].Country)
		if err != nil {
			place = home
		}
		all.places[name] = place
	}
	return all
}

// extensions gives what says whether a number is one of ours: a user's name, a row that is one short number, a row of
// short numbers of one length, or one that the numbering block lists.
func (c *compiler) extensions(n Numbers) func(string) bool {
	literal := map[string]bool{}
	patterns := slices.Clone(n.Extensions)
	for _, r := range slices.Concat(append([][]*row{c.plan.users, c.plan.trunks}, slices.Collect(maps.Values(c.plan.named))...)...) {
		if !r.pattern.short() {
			continue
		}
		if number, ok := r.pattern.literal(); ok {
			literal[number] = true
			continue
		}
		if !slices.ContainsFunc(patterns, func(p Pattern) bool { return p.text == r.pattern.text }) {
			patterns = append(patterns, r.pattern)
		}
	}
	names := c.plan.names
	return func(s string) bool {
		return names.hasUser(s) || literal[s] || slices.ContainsFunc(patterns, func(p Pattern) bool { return p.Match(s) })
	}
}

// maxExtension is the most digits of a row that makes its numbers extensions.
const maxExtension = 6

// short says whether a pattern takes short numbers of one length only: digits, * and #.
func (p Pattern) short() bool {
	if len(p.elems) == 0 || len(p.elems) > maxExtension {
		return false
	}
	for _, e := range p.elems {
		if e.many {
			return false
		}
		for _, b := range e.set.members() {
			if (b < '0' || b > '9') && b != '*' && b != '#' {
				return false
			}
		}
	}
	return true
}

// literal gives the one number that a pattern takes; false for one that takes several.
func (p Pattern) literal() (string, bool) {
	if len(p.elems) == 0 {
		return "", false
	}
	number := make([]byte, len(p.elems))
	for i, e := range p.elems {
		members := e.set.members()
		if e.many || len(members) != 1 {
			return "", false
		}
		number[i] = members[0]
	}
	return string(number), true
}

// understand reads the numbers of a request: what rows and steps see is the result. Reading it again changes nothing.
func (n *numbers) understand(r Request) Request {
	if n == nil || n.home == nil {
		return r
	}
	if r.From.Kind != FromTrunk {
		r.number = n.home.Normalize(r.To)
		r.To = r.number.String()
		return r
	}
	r.number = n.received(r.From.Name, r.To)
	r.To = r.number.String()
	if r.Caller != "" {
		r.Caller = n.received(r.From.Name, r.Caller).String()
	}
	return r
}

// received reads a number that a trunk has sent.
func (n *numbers) received(trunk, number string) numbering.Number {
	t := n.Trunks[trunk]
	rest := number
	if t.Strip != "" && len(number) > len(t.Strip) && number[:len(t.Strip)] == t.Strip {
		rest = number[len(t.Strip):]
	}
	got := n.place(trunk).ReceivedAs(rest, t.Form)
	got.Raw = number
	return got
}

// place gives the plan of the country that a trunk is in.
func (n *numbers) place(trunk string) *numbering.Plan {
	if p := n.places[trunk]; p != nil {
		return p
	}
	return n.home
}

// written gives a number as a trunk wants it.
func (n *numbers) written(trunk string, number numbering.Number) string {
	t := n.Trunks[trunk]
	form := t.Form
	if form == "" {
		form = numbering.AsIs
	}
	return t.Add + n.place(trunk).Format(number, form)
}

// Shown gives the number that a target sees of a caller: a trunk sees a user's own number, and each in its form. Others
// see it as it is.
func (d Decision) Shown(t Target, caller string) string {
	if d.plan == nil || d.plan.numbers == nil || t.Kind != TargetTrunk || caller == "" {
		return caller
	}
	n := d.plan.numbers
	if own := n.Users[caller].Number; own != "" {
		caller = own
	}
	if n.home == nil {
		return caller
	}
	number := n.home.Received(caller)
	if number.E164 == "" {
		return caller
	}
	form := n.Trunks[t.Name].Form
	if form == "" {
		form = numbering.AsIs
	}
	return n.place(t.Name).Format(number, form)
}
