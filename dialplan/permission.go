package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tandemgw/tandem/dialplan/numbering"
)

// Permission says which numbers somebody may call through trunks, and how much. Emergency numbers may always be called,
// and extensions of a PBX behind a trunk.
type Permission struct {
	Name      string
	At        hcl.Range
	Allow     []numbering.Class // nil: those that are open by default
	Countries []string          // ISO codes whose ordinary numbers may be called, where international is not in Allow
	Hours     string            // name of an hours block; empty means at any time
	HoursAt   hcl.Range         // where they are named
	open      *Hours            // nil where Hours is empty
}

// OpenClasses gives the classes that may be called by whoever no permissions block is for.
func OpenClasses() []numbering.Class {
	return []numbering.Class{
		numbering.Internal, numbering.Emergency, numbering.Service, numbering.National, numbering.Mobile, numbering.SharedCost,
		numbering.TollFree,
	}
}

// closed says whether it is out of the hours.
func (p *Permission) closed(at time.Time) bool {
	if p.open == nil {
		return false
	}
	open, _ := p.open.At(at)
	return !open
}

// always are the classes that nothing closes.
func always() []numbering.Class { return []numbering.Class{numbering.Internal, numbering.Emergency} }

// allows says whether a number may be called at all.
func (p *Permission) allows(n numbering.Number) bool {
	classes := OpenClasses()
	if p != nil && p.Allow != nil {
		classes = p.Allow
	}
	switch {
	case slices.Contains(always(), n.Class), slices.Contains(classes, n.Class):
		return true
	case p == nil || n.Class != numbering.International:
		return false
	}
	return n.Country != "" && slices.Contains(p.Countries, n.Country)
}

// refuses says why a number may not be called, in a sentence that names the setting; empty when it may.
func (n *numbers) refuses(r Request, t Target, number numbering.Number) string {
	p, name := n.permission(r.From)
	switch {
	case slices.Contains(always(), number.Class):
		return ""
	case !p.allows(number):
		return fmt.Sprintf("%s may not call %s, %s%s: %s", r.From, number, className(number.Class), country(number), closedBy(p, name, r.From))
	case p != nil && p.closed(r.At):
		return fmt.Sprintf("%s may not call %s now: permissions %q are for the hours %q (%s)", r.From, number, p.Name, p.Hours, place(p.At))
	}
	return ""
}

// permission gives what somebody may; nil with the name of what the file does not define, which is the default.
func (n *numbers) permission(s Source) (*Permission, string) {
	name := n.Users[s.Name].Permissions
	if s.Kind == FromTrunk {
		name = n.Trunks[s.Name].Permissions
	}
	if name == "" {
		name = DefaultPermissions
	}
	return n.Permissions[name], name
}

// country names the country of a number, where that says something.
func country(n numbering.Number) string {
	if n.Country == "" || n.Class != numbering.International && n.Class != numbering.Premium {
		return ""
	}
	return " (" + n.Country + ")"
}

// closedBy names the setting that closes a class.
func closedBy(p *Permission, name string, s Source) string {
	if p == nil {
		return fmt.Sprintf("it is closed until permissions open it to %s", s)
	}
	if p.Allow == nil {
		return fmt.Sprintf("permissions %q do not open it (%s)", name, place(p.At))
	}
	words := make([]string, len(p.Allow))
	for i, c := range p.Allow {
		words[i] = string(c)
	}
	return fmt.Sprintf("permissions %q allow %s only (%s)", name, strings.Join(words, ", "), place(p.At))
}
