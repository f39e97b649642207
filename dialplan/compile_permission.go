package dialplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tandemgw/tandem/dialplan/numbering"
)

// compilePermissions finds the hours that permissions name.
func (c *compiler) compilePermissions(n *numbers) {
	for _, name := range slices.Sorted(maps.Keys(n.Permissions)) {
		p := n.Permissions[name]
		if p.Hours == "" {
			continue
		}
		if c.hoursNamed(p.Hours, p.HoursAt) {
			p.open = c.plan.hours[p.Hours]
		}
	}
}

// warnUncalled warns of rows whose calls come to nothing: a trunk cannot carry the number, or nobody may call it.
func (c *compiler) warnUncalled(rows []*row) {
	for _, r := range rows {
		samples := []string{"+0"} // of rows whose steps are always the same
		switch {
		case r.steps != nil:
		case r.pattern.short():
			samples = r.pattern.samples()
		default:
			samples = nil
		}
		for _, number := range samples[:min(1, len(samples))] {
			c.warnUncarried(r, number)
		}
		if strings.HasPrefix(r.From, "user") {
			c.warnForbidden(r)
		}
	}
}

// warnUncarried warns of a number that is in no form that its trunk wants.
func (c *compiler) warnUncarried(r *row, number string) {
	n := c.plan.numbers
	request := n.understand(Request{From: Source{FromUser, ""}, To: number})
	d := c.plan.fire(r, Decision{Request: request, Number: request.number, plan: c.plan})
	for _, s := range d.Steps {
		for _, t := range StepTargets(s) {
			rules := n.Trunks[t.Name]
			if t.Kind != TargetTrunk || rules.Form == "" || t.Help {
				continue
			}
			asked := strings.TrimPrefix(t.Number, rules.Add)
			switch got := n.place(t.Name).ReceivedAs(asked, rules.Form); got.Class {
			case numbering.Internal, numbering.Other:
				c.warnf(r.at, `Write numbers = "asis" there, or call another number.`,
					"trunk %q cannot carry %q: it wants numbers as %s, and this is none", t.Name, asked, rules.Form)
				return
			}
		}
	}
}

// warnForbidden warns of a row for numbers that no permissions open, where it calls a trunk.
func (c *compiler) warnForbidden(r *row) {
	n := c.plan.numbers
	var sample numbering.Number
	if class := numbering.Class(r.pattern.class); class != "" {
		sample = numbering.Number{Class: class}
	} else if long := r.pattern.samples(); len(long) > 0 && strings.HasPrefix(long[len(long)-1], "+") && len(r.pattern.elems) > 2 {
		sample = n.home.Received(long[len(long)-1])
	}
	if sample.Class == "" || !c.callsTrunk(r) {
		return
	}
	var none *Permission
	if none.allows(sample) {
		return
	}
	for _, p := range n.Permissions {
		if p.allows(sample) || sample.Class == numbering.International && sample.Country == "" && len(p.Countries) > 0 {
			return
		}
	}
	c.warnf(r.at, fmt.Sprintf("Write permissions \"default\" { allow = [%s, ...] }, or permissions of another name for some.", openFor(sample)),
		"nobody may call what this row takes: no permissions open %s%s", className(sample.Class), country(sample))
}

// openFor gives the word of allow that opens a number.
func openFor(n numbering.Number) string { return fmt.Sprintf("%q", string(n.Class)) }

// callsTrunk says whether some step of a row calls a trunk, as far as can be seen without a call.
func (c *compiler) callsTrunk(r *row) bool {
	request := Request{From: Source{FromUser, ""}, To: "+442079460000"}
	d := c.plan.fire(r, Decision{Request: request, plan: c.plan})
	return slices.ContainsFunc(d.Steps, func(s Step) bool {
		return slices.ContainsFunc(StepTargets(s), func(t Target) bool { return t.Kind == TargetTrunk })
	})
}
