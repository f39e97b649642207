package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Bounds of hours.
const (
	MaxHours     = 500 // blocks
	maxHoursList = 400 // lines of open or closed
)

// collectHours takes the names of an hours block, so that open() may refer to it; what it says is read later, since it
// may refer to lets.
func (c *compiler) collectHours(b *hclsyntax.Block) {
	if len(b.Labels) != 1 {
		c.errorf(b.TypeRange, `Write hours "office" { ... }.`, "hours have one name")
		return
	}
	name, at := b.Labels[0], b.LabelRanges[0]
	switch {
	case name == "" || len(name) > 64:
		c.errorf(at, "", "hours have a name of 1 to 64 octets")
	case c.plan.hours[name] != nil:
		c.errorf(at, "", "there are two hours %q, the first at %s", name, place(c.hoursAt[name]))
	case len(c.plan.hours) == MaxHours:
		c.errorf(at, "", "a plan has at most %d hours", MaxHours)
	default:
		c.plan.hours[name] = &Hours{name: name, zone: c.plan.Zone()}
		c.hoursAt[name] = at
	}
}

// compileHours reads what an hours block says.
func (c *compiler) compileHours(b *hclsyntax.Block) {
	for _, nested := range b.Body.Blocks {
		c.errorf(nested.TypeRange, fmt.Sprintf("Write %s = ...", nested.Type), "hours hold no blocks")
	}
	if len(b.Labels) != 1 || c.plan.hours[b.Labels[0]] == nil || c.hoursAt[b.Labels[0]] != b.LabelRanges[0] {
		return
	}
	h := c.plan.hours[b.Labels[0]]
	keys := []string{"open", "closed", "note", "timezone"}
	for _, a := range sortedAttributes(b.Body) {
		switch a.Name {
		case "open":
			h.open = c.hoursLines(a)
		case "closed":
			h.closed = c.hoursLines(a)
		case "note":
			h.note, _ = c.hoursText(a)
		case "timezone":
			if s, ok := c.hoursText(a); ok {
				if zone := c.zoneNamed(a, s); zone != nil {
					h.zone = zone
				}
			}
		default:
			c.errorf(a.NameRange, DidYouMean(a.Name, keys), "hours have no %q", a.Name)
		}
	}
	if b.Body.Attributes["open"] == nil && len(b.Body.Blocks) == 0 {
		c.consequent(b.TypeRange, `Write open = ["mon-fri 09:00-17:30"].`, "hours %q never open", h.name)
	}
}

// hoursLines reads a list of lines, or a single one.
func (c *compiler) hoursLines(a *hclsyntax.Attribute) []hoursLine {
	v, ok := c.constant(a.Expr)
	if !ok {
		return nil
	}
	elements := []cty.Value{v}
	if !v.IsNull() && isList(v) {
		elements = v.AsValueSlice()
	}
	if len(elements) > maxHoursList {
		c.errorf(a.Expr.Range(), "", "%s has at most %d lines", a.Name, maxHoursList)
		return nil
	}
	var lines []hoursLine
	for i, element := range elements {
		s, ok, problems := text(element, "a line of "+a.Name)
		for _, p := range problems {
			p.index = i
			c.problems(a.Expr, []problem{p})
		}
		if !ok {
			continue
		}
		l, bad := parseHoursLine(s)
		if bad != nil {
			at := partRange(a.Expr, problem{index: i})
			c.errorf(within(at, s, bad.Offset), bad.Hint, "%s", bad.Reason)
			continue
		}
		lines = append(lines, l)
	}
	return lines
}

func (c *compiler) hoursText(a *hclsyntax.Attribute) (string, bool) {
	v, ok := c.constant(a.Expr)
	if !ok {
		return "", false
	}
	s, ok, problems := text(v, a.Name)
	c.problems(a.Expr, problems)
	return s, ok
}

// zoneNamed gives a time zone, or reports that there is none of that name.
func (c *compiler) zoneNamed(a *hclsyntax.Attribute, name string) *time.Location {
	zone, hint, err := ParseZone(name)
	if err != nil {
		c.errorf(a.Expr.Range(), hint, "%v", err)
	}
	return zone
}

// ParseZone reads the name of a time zone of the IANA database, such as "Europe/London". hint says which was meant.
func ParseZone(name string) (zone *time.Location, hint string, err error) {
	bad := name == "" || name == "Local" || strings.HasPrefix(name, "/") || strings.Contains(name, "..")
	if !bad {
		if zone, err = time.LoadLocation(name); err == nil {
			return zone, "", nil
		}
	}
	hint = DidYouMean(name, commonZones())
	if hint == "" {
		hint = `Write "Europe/London" or "America/New_York", for example.`
	}
	return nil, hint, fmt.Errorf("there is no time zone %q", name)
}

// commonZones are names that are suggested for a misspelled one.
func commonZones() []string {
	return []string{
		"UTC", "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Argentina/Buenos_Aires", "America/Bogota",
		"America/Chicago", "America/Denver", "America/Halifax", "America/Lima", "America/Los_Angeles", "America/Mexico_City", "America/New_York",
		"America/Phoenix", "America/Santiago", "America/Sao_Paulo", "America/Toronto", "America/Vancouver", "Asia/Bangkok", "Asia/Dubai",
		"Asia/Hong_Kong", "Asia/Istanbul", "Asia/Jakarta", "Asia/Jerusalem", "Asia/Karachi", "Asia/Kolkata", "Asia/Manila", "Asia/Seoul",
		"Asia/Shanghai", "Asia/Singapore", "Asia/Taipei", "Asia/Tehran", "Asia/Tokyo", "Australia/Brisbane", "Australia/Melbourne",
		"Australia/Perth", "Australia/Sydney", "Europe/Amsterdam", "Europe/Athens", "Europe/Berlin", "Europe/Brussels", "Europe/Bucharest",
		"Europe/Budapest", "Europe/Copenhagen", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul", "Europe/Kyiv", "Europe/Lisbon",
		"Europe/London", "Europe/Madrid", "Europe/Moscow", "Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Rome", "Europe/Sofia",
		"Europe/Stockholm", "Europe/Vienna", "Europe/Vilnius", "Europe/Warsaw", "Europe/Zurich", "Pacific/Auckland", "Pacific/Honolulu",
	}
}

// hoursNamed checks the name that open() is given.
func (c *compiler) hoursNamed(name string, at hcl.Range) bool {
	if c.plan.hours[name] != nil {
		return true
	}
	hint := DidYouMean(name, c.plan.HoursNames())
	if hint == "" {
		hint = fmt.Sprintf(`Write hours %q { open = ["mon-fri 09:00-17:30"] } over several lines.`, name)
	}
	c.consequent(at, hint, "there are no hours %q", name)
	return false
}

// HoursNames gives the names of all hours, in order.
func (p *Plan) HoursNames() []string {
	names := make([]string, 0, len(p.hours))
	for name := range p.hours {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Hours gives hours by their name; nil for none.
func (p *Plan) Hours(name string) *Hours { return p.hours[name] }

// Zone gives the time zone of the plan: that of `timezone`, else UTC.
func (p *Plan) Zone() *time.Location {
	if p.zone == nil {
		return time.UTC
	}
	return p.zone
}

// zoneWords names a zone for people.
func zoneWords(zone *time.Location) string {
	if zone == time.Local {
		return "the machine's zone"
	}
	return zone.String()
}
