package dialplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tandemgw/tandem/dialplan/numbering"
)

// compileNumbers makes the plan understand numbers, once all of its rows are known, and tells of rows and numbers that
// do not fit each other.
func (c *compiler) compileNumbers(in Input) {
	n := in.Numbers
	c.plan.numbers = c.newNumbers(n)
	known := c.plan.numbers != nil && c.plan.numbers.home != nil
	rows := c.everyRow(in.TestNumbers)
	if !known {
		for _, r := range rows {
			if r.Pattern == string(numbering.Emergency) && !c.plan.names.hasUser(r.Pattern) {
				c.warnf(r.at, `Write numbering { country = "GB" } with your own country.`,
					"this row takes no emergency number: without a numbering block none is known")
			}
		}
		return
	}
	bare := c.plan.numbers.home.Bare()
	c.warnUnread(bare, rows)
	c.warnAmbiguous(bare, rows)
	c.warnEmergency()
	c.compilePermissions(c.plan.numbers)
	c.warnUncalled(rows)
}

// everyRow gives all rows but those of the test numbers.
func (c *compiler) everyRow(tests *hcl.Range) []*row {
	all := slices.Concat(c.plan.users, c.plan.trunks)
	for _, label := range slices.Sorted(maps.Keys(c.plan.named)) {
		all = append(all, c.plan.named[label]...)
	}
	return slices.DeleteFunc(all, func(r *row) bool { return tests != nil && r.at == *tests })
}

// warnUnread warns of rows for numbers as they are written, which no row ever sees: "00." and "0207946000X".
func (c *compiler) warnUnread(bare *numbering.Plan, rows []*row) {
	home := c.plan.numbers.home
	for _, r := range rows {
		if r.pattern.class != "" || r.pattern.short() {
			continue
		}
		number, read := "", numbering.Number{}
		for _, candidate := range append(r.pattern.samples(), r.pattern.written(bare)...) {
			if !r.pattern.Match(candidate) {
				continue
			}
			got := home.Normalize(candidate)
			if strings.HasPrefix(r.From, "trunk") {
				got = home.Received(candidate)
			}
			if got.E164 == "" || r.pattern.Match(got.E164) || candidate == got.E164 {
				continue
			}
			if number = candidate; !got.Valid && read.Valid {
				continue
			}
			read = got
		}
		if number == "" {
			continue
		}
		c.warnf(r.at, fmt.Sprintf("Write what numbers are by then, such as %q.", read.E164),
			"numbers are understood before rows are tried: %q is %s by then, which this row does not take", number, read.E164)
	}
}

// written gives examples of how people write numbers, shorter and longer than a pattern's own.
func (p Pattern) written(bare *numbering.Plan) []string {
	var all []string
	for _, e164 := range bare.Examples() {
		n := bare.Received(e164)
		for _, form := range []string{numbering.InCountry, numbering.DoubleZero} {
			s := bare.Format(n, form)
			if got := bare.Received(s); got.E164 == n.E164 {
				all = append(all, bare.Outside+s, s)
			}
		}
	}
	return all
}

// maxAmbiguous bounds how many numbers of rows are looked at for another meaning.
const maxAmbiguous = 2000

// warnAmbiguous warns of rows whose short numbers mean something else in the country, and says which meaning wins.
func (c *compiler) warnAmbiguous(bare *numbering.Plan, rows []*row) {
	left := maxAmbiguous
	seen := map[string]bool{}
	for _, r := range rows {
		if !r.pattern.short() || strings.HasPrefix(r.From, "trunk") {
			continue
		}
		if text, ok := r.pattern.literal(); ok && bare.Received(text).Class == numbering.Emergency {
			continue // a row for help by its number
		}
		var also []string
		var first numbering.Number
		for number := range r.pattern.every() {
			if left--; left < 0 {
				break
			}
			n := bare.Normalize(number)
			if n.Class == numbering.Internal || n.Class == numbering.Other || n.Class == numbering.Emergency || seen[number] {
				continue
			}
			if seen[number] = true; first.Class == "" {
				first = n
			}
			also = append(also, number)
		}
		if len(also) == 0 {
			continue
		}
		more := ""
		if len(also) > 1 {
			more = fmt.Sprintf(", and %d more such numbers", len(also)-1)
		}
		c.warnf(r.at, "", "%s may be meant as %s of %s%s: this row wins", also[0], className(first.Class), first.Country, more)
	}
}

// every gives the numbers that a pattern of one length takes.
func (p Pattern) every() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		sets := make([][]byte, len(p.elems))
		for i, e := range p.elems {
			sets[i] = e.set.members()
		}
		at := make([]int, len(sets))
		number := make([]byte, len(sets))
		for {
			for i := range sets {
				number[i] = sets[i][at[i]]
			}
			if !yield(string(number)) {
				return
			}
			i := len(at) - 1
			for ; i >= 0; i-- {
				if at[i]++; at[i] < len(sets[i]) {
					break
				}
				at[i] = 0
			}
			if i < 0 {
				return
			}
		}
	}
}

// warnEmergency warns where a call for help reaches no row, or one that is for something else.
func (c *compiler) warnEmergency() {
	if len(c.plan.users) == 0 || len(c.plan.names.Trunks) == 0 {
		return
	}
	var lost []string
	for _, number := range c.plan.numbers.home.Help() {
		asked := c.plan.number(c.plan.numbers.understand(Request{From: Source{FromUser, ""}, To: number}))
		i := slices.IndexFunc(c.plan.users, func(r *row) bool { return r.takes(asked) })
		if i < 0 {
			lost = append(lost, number)
			continue
		}
		r := c.plan.users[i]
		if text, ok := r.pattern.literal(); r.pattern.class != "" || ok && text == number || !r.pattern.short() {
			continue
		}
		c.warnf(r.at, `Put "emergency" = [dial("trunk:...")] above it.`, "this row takes %s, which calls for help", number)
	}
	if len(lost) > 0 {
		c.warnf(c.plan.numbers.At, `Write "emergency" = [dial("trunk:...")] in from "users".`,
			"no row takes calls for help to %s", strings.Join(lost, ", "))
	}
}
